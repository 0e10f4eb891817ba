import type { ClientSession } from 'mongoose';
import { z } from 'zod';
import { describeError } from '../../../config/logger.ts';
import type { ConversationChange, Which } from '../../../models/inbox/conversation-change.ts';
import * as changes from '../../../models/inbox/conversation-change.ts';
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

type InConversation<Body = unknown> = ApiRequest<{ id: string }, unknown, Body>;

export function openConversation(request: InConversation, deps: ApiDeps): Promise<Result> {
  return change(request, deps, (which, session) =>
    changes.openConversation(deps.models, which, session),
  );
}

export function closeConversation(request: InConversation, deps: ApiDeps): Promise<Result> {
  return change(request, deps, (which, session) =>
    changes.closeConversation(deps.models, which, session),
  );
}

export function snoozeConversation(
  request: InConversation<z.output<typeof snoozeBody>>,
  deps: ApiDeps,
): Promise<Result> {
  const { until } = request.body;
  return change(
    request,
    deps,
    (which, session) => changes.snoozeConversation(deps.models, { ...which, until }, session),
    setAlarm,
  );
}

export function assignConversation(
  request: InConversation<z.output<typeof assignBody>>,
  deps: ApiDeps,
): Promise<Result> {
  const { userId } = request.body;
  return change(request, deps, (which, session) =>
    changes.assignConversation(deps.models, { ...which, userId }, session),
  );
}

export function markConversationRead(request: InConversation, deps: ApiDeps): Promise<Result> {
  return change(request, deps, (which, session) => changes.markRead(deps.models, which, session));
}

/** Makes the change, tells open inboxes of it, and answers the conversation as it is then. */
async function change(
  request: InConversation,
  deps: ApiDeps,
  make: (which: Which, session: ClientSession) => Promise<ConversationChange>,
  then?: (changed: ConversationChange, deps: ApiDeps) => Promise<void>,
): Promise<Result> {
  const { workspaceId, params } = request;
  const which = { workspaceId, conversationId: params.id };
  const changed = await decide(deps, (session) => make(which, session));
  await then?.(changed, deps);
  if (changed.before !== changed.after)
    deps.publish(workspaceId.toString(), [
      { type: 'conversation.changed', conversationId: params.id },
    ]);
  return { status: 200, body: await conversationBody(request, deps) };
}

/** The row is what counts: without Redis the workers' sweep wakes it. */
async function setAlarm({ after }: ConversationChange, { queues, redis, log }: ApiDeps) {
  try {
    await redis.run(() => queues.snooze.addBulk([snoozeJobOf(after)]), QUEUE_DEADLINE_MS);
  } catch (error) {
    log.warn('snooze.unqueued', { conversationId: after._id, ...describeError(error) });
  }
}
