import { z } from 'zod';
import type { ParsedEvent } from '../models/delivery/event.ts';
import {
  eachOf,
  hint,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  readJson,
  take,
} from './read.ts';
import { idHint, millisecondsOf, placeOf, slackId, ts } from './slack-ids.ts';

/** More than a message can have at once. */
const MAX_ACTIONS = 100;

const interactionSchema = z.object({
  type: z.string(),
  team: z.object({ id: idHint }).nullish().catch(undefined),
  enterprise: z.object({ id: idHint }).nullish().catch(undefined),
});
const pressedSchema = z.object({
  user: z.object({ id: slackId, name: label, username: label }),
  channel: z.object({ id: slackId }),
  message: z.object({ ts }),
});
const actionSchema = z.object({
  action_ts: ts,
  value: hint,
  text: z.object({ text: hint }).optional().catch(undefined),
  selected_option: z
    .object({ text: z.object({ text: hint }).optional().catch(undefined), value: hint })
    .optional()
    .catch(undefined),
  selected_date: hint,
  selected_time: hint,
});

/** https://docs.slack.dev/interactivity/handling-user-interaction. Slash commands are forms as well. */
export function readForm(body: Buffer, teamId: string): ParsedEvent[] {
  const payload = new URLSearchParams(body.toString()).get('payload');
  if (payload === null) return [ignored('other_form')];
  const given = readJson(Buffer.from(payload));
  if (given === undefined) return [invalid('not_json')];
  const interaction = take(interactionSchema, given);
  if (!interaction) return [invalid('bad_envelope')];
  const { type, team, enterprise } = interaction;
  if (team?.id !== teamId && enterprise?.id !== teamId) return [ignored('other_team')];
  if (type !== 'block_actions') return [ignored('other_interaction')];
  return readActions(given as Json, teamId);
}

function readActions(given: Json, teamId: string): ParsedEvent[] {
  // In a window or the app's home: there is no conversation.
  if (!isObject(given.message)) return [ignored('other_interaction')];
  const pressed = take(pressedSchema, given);
  if (!pressed) return [invalid('bad_interaction')];
  const { user, channel, message } = pressed;
  const messageId = `${channel.id}/${message.ts}`;
  const name = user.name ?? user.username;
  const place = placeOf(teamId, user.id, channel.id);
  const events: ParsedEvent[] = [];
  eachOf(given.actions, events, MAX_ACTIONS, (item) => {
    const action = take(actionSchema, item);
    if (!action) {
      events.push(invalid('bad_action'));
      return;
    }
    const text = answerOf(action);
    events.push({
      kind: 'message',
      eventId: `${messageId}:${user.id}:${action.action_ts}:${events.length}`,
      at: millisecondsOf(action.action_ts),
      ...place,
      profile: name ? { firstName: name } : {},
      content: { type: 'reply', ...(text ? { text } : {}), replyTo: messageId },
    });
  });
  return events.length > 0 ? events : [ignored('empty')];
}

/** What the person saw rather than what the app calls it. */
function answerOf(action: z.infer<typeof actionSchema>): string | undefined {
  const { selected_option: option, selected_date: date, selected_time: time } = action;
  return action.text?.text ?? option?.text?.text ?? option?.value ?? date ?? time ?? action.value;
}
