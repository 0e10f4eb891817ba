import { fileURLToPath } from 'node:url';

/** The top of the checkout: scripts work from there, wherever they are called from. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
