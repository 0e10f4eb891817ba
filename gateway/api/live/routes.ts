import { ACCESS } from '../shell/access.ts';
import { type Route, route, W } from '../shell/route.ts';
import { openLive } from './live.ts';

export const liveRoutes: readonly Route[] = [
  route('get', `${W}/live`, ACCESS.readInbox, {
    summary: 'What happens in the workspace, as server-sent events',
    answers: { 200: null },
    media: ['text/event-stream'],
    handle: openLive,
  }),
];
