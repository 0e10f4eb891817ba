import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { RequestHandler } from 'express';
import { QUEUE_KEYS, QUEUES, type QueueKey } from '../../models/jobs.ts';
import type { Queues } from '../../models/queues.ts';
import { viewOf, withoutErrorText } from './job-view.ts';

export const QUEUES_PATH = '/queues';

/**
 * Routes that would write job data. The board shows a reduced view of it, so what it sent back would
 * replace messages that were answered 200.
 */
const WRITES_DATA = /\/(add|update-data)$/;
/** Routes that remove jobs. Those of `deliver` are all there is of messages that were answered 200. */
const REMOVES = /\/(empty|obliterate|clean(\/:queueStatus)?)$/;

/** One Bull Board for all queues. `readOnly` has no buttons, and refuses what they would do. */
export function createBoard(queues: Queues, { readOnly }: { readOnly: boolean }): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: QUEUE_KEYS.map((key) => adapterOf(queues, key, readOnly)),
    serverAdapter,
    options: {
      uiConfig: { boardTitle: 'Videur' },
      handlerHooks: {
        before: ({ method, route, request }) => ({
          allow: method === 'get' || !(readOnly || isRefused(route, request.params?.queueName)),
        }),
        after: (_context, result) => ({ ...result, body: withoutErrorText(result.body) }),
      },
    },
  });
  return serverAdapter.getRouter() as RequestHandler;
}

function isRefused(route: string, queueName: unknown): boolean {
  return WRITES_DATA.test(route) || (REMOVES.test(route) && queueName === QUEUES.deliver.name);
}

function adapterOf(queues: Queues, key: QueueKey, readOnly: boolean): BullMQAdapter {
  const { title, description } = QUEUES[key];
  const adapter = new BullMQAdapter(queues[key], {
    readOnlyMode: readOnly,
    displayName: title,
    description,
  });
  adapter.setFormatter('data', viewOf(key));
  return adapter;
}
