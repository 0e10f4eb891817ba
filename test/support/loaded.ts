import { register } from 'node:module';

/** With `--import` of this a process prints `loaded NAME` for each module that `loaded-hooks.ts` names. */
register('./loaded-hooks.js', import.meta.url);
