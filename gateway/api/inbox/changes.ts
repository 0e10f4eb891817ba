import type { ClientSession } from 'mongoose';
import { z } from 'zod';
import { describeError } from '../../../config/logger.ts';
import {
  assignConversation,
  type ConversationChange,
  closeConversation,
  markRead,
  openConversation,
  snoozeConversation,
  type Which,
} from '../../../models/conversation-change.ts';
import type { Models } from '../../../models/index.ts';
import { snoozeJobOf } from '../../../models/jobs.ts';
import type { ApiDeps } from '../deps.ts';
import { objectId } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { conversationBody } from './conversation.ts';
import { decide } from './decide.ts';
import { ahead } from './time-ahead.ts';

/** A job that is not in the queue by then is left to the sweep. */
const QUEUE_DEADLINE_MS = 2_000;

export const snoozeBody = z.strictObject({ until: ahead });
export const assignBody = z.strictObject({ userId: objectId.nullable() });

type Change<Body> = (
  models: Models,
  which: Which & Body,
  session: ClientSession,
) => Promise<ConversationChange>;

export const open = changing(openConversation);
export const close = changing(closeConversation);
export const assign = changing<z.output<typeof assignBody>>(assignConversation);
export const read = changing(markRead);
export const snooze = changing<z.output<typeof snoozeBody>>(snoozeConversation, setAlarm);

/** A call that changes a conversation and answers it as it is then. */
function changing<Body = unknown>(
  change: Change<Body>,
  then?: (changed: ConversationChange, deps: ApiDeps) => Promise<void>,
) {
  return async (
    request: ApiRequest<{ id: string }, unknown, Body>,
    deps: ApiDeps,
  ): Promise<Result> => {
    const { workspaceId, params, body } = request;
    const which = { ...body, workspaceId, conversationId: params.id };
    const changed = await decide(deps, (session) => change(deps.models, which, session));
    await then?.(changed, deps);
    if (changed.before !== changed.after)
      deps.publish(workspaceId.toString(), [
        { type: 'conversation.changed', conversationId: params.id },
      ]);
    return { status: 200, body: await conversationBody(request, deps) };
  };
}

/** The row is what counts: without Redis the workers' sweep wakes it. */
async function setAlarm({ after }: ConversationChange, { queues, redis, log }: ApiDeps) {
  try {
    await redis.run(() => queues.snooze.addBulk([snoozeJobOf(after)]), QUEUE_DEADLINE_MS);
  } catch (error) {
    log.warn('snooze.unqueued', { conversationId: after._id, ...describeError(error) });
  }
}
