import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import type { RequestHandler } from 'express';
import { viewOfDelivery, viewOfEffect, viewOfSend, withoutErrorText } from './job-view.ts';

export const QUEUES_PATH = '/queues';

/**
 * Routes that would write job data. The board shows a reduced view of it, so what it sent back would
 * replace messages that were answered 200.
 */
const WRITES_DATA = /\/(add|update-data)$/;

/** One Bull Board for all queues. `readOnly` has no buttons, and refuses what they would do. */
export function createBoard(
  { deliver, effects, send }: { deliver: Queue; effects: Queue; send: Queue },
  { readOnly }: { readOnly: boolean },
): RequestHandler {
  const options = { readOnlyMode: readOnly };
  const deliverView = new BullMQAdapter(deliver, options);
  deliverView.setFormatter('data', viewOfDelivery);
  const effectsView = new BullMQAdapter(effects, options);
  effectsView.setFormatter('data', viewOfEffect);
  const sendView = new BullMQAdapter(send, options);
  sendView.setFormatter('data', viewOfSend);

  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: [deliverView, effectsView, sendView],
    serverAdapter,
    options: {
      uiConfig: { boardTitle: 'Videur' },
      handlerHooks: {
        before: ({ method, route }) => ({
          allow: method === 'get' || !(readOnly || WRITES_DATA.test(route)),
        }),
        after: (_context, result) => ({ ...result, body: withoutErrorText(result.body) }),
      },
    },
  });
  return serverAdapter.getRouter() as RequestHandler;
}
