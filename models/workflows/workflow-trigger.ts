import { z } from 'zod';
import { isCron } from './workflow-cron.ts';

/** What happens to contacts and conversations and may start a workflow. */
export const EVENT_TRIGGERS = [
  'conversation_opened',
  'conversation_closed',
  'message_received',
  'contact_blocked',
  'contact_unblocked',
] as const;
export type EventTrigger = (typeof EVENT_TRIGGERS)[number];

const onEvent = (type: EventTrigger) => z.strictObject({ type: z.literal(type) });

/** What starts a workflow: an event, a person, or the clock. */
export const triggerSchema = z.discriminatedUnion('type', [
  onEvent('conversation_opened'),
  onEvent('conversation_closed'),
  onEvent('message_received'),
  onEvent('contact_blocked'),
  onEvent('contact_unblocked'),
  z.strictObject({ type: z.literal('shortcut') }),
  z.strictObject({
    type: z.literal('schedule'),
    /** In the workspace's time zone. */
    cron: z.string().max(100).refine(isCron, 'must be a cron expression of five fields'),
    /** For contacts that have this tag; for all without it. Never for blocked ones. */
    tag: z.string().trim().min(1).max(100).optional(),
  }),
]);
export type Trigger = z.output<typeof triggerSchema>;
