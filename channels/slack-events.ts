import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import { hint, id, ignored, invalid, type Json, size, take, webAddress } from './read.ts';
import { idHint, isDirect, millisecondsOf, placeOf, slackId, ts } from './slack-ids.ts';
import { plain } from './slack-text.ts';

/** Slack's Events API: https://docs.slack.dev/apis/events-api/ */

const installationSchema = z.object({
  team_id: idHint,
  enterprise_id: idHint,
  user_id: idHint,
  is_bot: z.boolean().optional().catch(undefined),
});
const envelopeSchema = z.object({
  event_id: id,
  event: z.object({ type: z.string() }),
  api_app_id: idHint,
  team_id: idHint,
  context_team_id: idHint,
  enterprise_id: idHint,
  context_enterprise_id: idHint,
  authorizations: z.array(installationSchema).optional().catch(undefined),
});

/** What an event is read with. */
interface Received {
  eventId: string;
  teamId: string;
  /** Our app and its user in Slack, as far as the delivery says. */
  appId: string | undefined;
  botUser: string | undefined;
}

/** One event, with what Slack says of its delivery. */
export function readEnvelope(envelope: Json, teamId: string): ParsedEvent {
  const callback = take(envelopeSchema, envelope);
  if (!callback) return invalid('bad_envelope');
  // One app, one address, any number of teams: the others are other channels' business.
  const [installation] = callback.authorizations ?? [];
  const teams = [
    callback.team_id,
    callback.context_team_id,
    callback.enterprise_id,
    callback.context_enterprise_id,
    installation?.team_id,
    installation?.enterprise_id,
  ];
  if (!teams.includes(teamId)) return ignored('other_team');
  const received: Received = {
    eventId: callback.event_id,
    teamId,
    appId: callback.api_app_id,
    botUser: installation?.is_bot ? installation.user_id : undefined,
  };
  return readEvent(callback.event.type, envelope.event as Json, received);
}

function readEvent(type: string, event: Json, received: Received): StoredEvent | SettledEvent {
  if (type === 'message') return readMessage(event, received);
  if (type === 'reaction_added' || type === 'reaction_removed') {
    return readReaction(event, type === 'reaction_added', received);
  }
  // It comes a second time as a message.
  return ignored(type === 'app_mention' ? type : 'other_event');
}

// Messages

const messageSchema = z.object({
  channel: slackId,
  channel_type: z.string().optional(),
  subtype: z.string().optional(),
  ts,
});
const saidSchema = z.object({
  ts,
  user: slackId.optional(),
  subtype: z.string().optional(),
  text: z.string().optional(),
  thread_ts: ts.optional().catch(undefined),
  files: z.unknown().optional(),
  bot_id: z.unknown().optional(),
  app_id: idHint,
  bot_profile: z.object({ app_id: idHint }).optional().catch(undefined),
});
type Said = z.infer<typeof saidSchema>;

/** What a person said; the others tell of channels (`channel_join`, `channel_topic`, …). */
const SAID = new Set([undefined, 'file_share', 'me_message', 'thread_broadcast', 'bot_message']);

function readMessage(event: Json, received: Received): StoredEvent | SettledEvent {
  const message = take(messageSchema, event);
  if (!message) return invalid('bad_message');
  const { channel, channel_type: channelType, subtype } = message;
  if (subtype === 'message_deleted') return readDeletion(event, channel, received);
  if (subtype === 'message_changed') return readChange(event, channel, channelType, received);
  if (!SAID.has(subtype)) return ignored('other_subtype');

  const said = take(saidSchema, event);
  if (!said) return invalid('bad_message');
  const messageId = `${channel}/${said.ts}`;
  const at = millisecondsOf(said.ts);
  const content = contentOf(said, channel);
  if (isOfBot(said, received)) {
    if (!isOurs(said, received)) return ignored('other_bot');
    // In a direct conversation nothing says who it is with. What we sent is there already.
    if (isDirect(channel, channelType)) return ignored('own_message');
    const identities = [`slack:${received.teamId}/${channel}`];
    return { kind: 'echo', eventId: messageId, at, identities, content };
  }
  if (said.user === undefined) return invalid('no_sender');
  const { eventId, teamId } = received;
  const place = placeOf(teamId, said.user, channel, channelType);
  return { kind: 'message', eventId, messageId, at, ...place, content };
}

const isOfBot = (said: Said, received: Received): boolean =>
  typeof said.bot_id === 'string' || said.subtype === 'bot_message' || isOurs(said, received);

function isOurs({ user, app_id, bot_profile }: Said, { appId, botUser }: Received): boolean {
  if (user !== undefined && user === botUser) return true;
  return appId !== undefined && (app_id === appId || bot_profile?.app_id === appId);
}

const changeSchema = z.object({
  ts,
  message: saidSchema,
  previous_message: saidSchema.optional().catch(undefined),
});

/**
 * A message is changed also when Slack adds a preview or counts replies: then it says the same as
 * before. A deleted one that has replies stays as a `tombstone`.
 */
function readChange(
  event: Json,
  channel: string,
  channelType: string | undefined,
  received: Received,
): StoredEvent | SettledEvent {
  const change = take(changeSchema, event);
  if (!change) return invalid('bad_change');
  const { message: said, previous_message: before } = change;
  const { eventId, teamId } = received;
  const messageId = `${channel}/${said.ts}`;
  const at = millisecondsOf(change.ts);
  if (said.subtype === 'tombstone') return { kind: 'deletion', eventId, at, messageId };
  if (isOfBot(said, received)) {
    return ignored(isOurs(said, received) ? 'own_message' : 'other_bot');
  }
  if (said.user === undefined) return invalid('no_sender');
  const content = contentOf(said, channel);
  if (before && isDeepStrictEqual(content, contentOf(before, channel))) return ignored('unchanged');
  const place = placeOf(teamId, said.user, channel, channelType);
  return { kind: 'edit', eventId, at, messageId, ...place, content };
}

const deletionSchema = z.object({ ts, deleted_ts: ts });

function readDeletion(
  event: Json,
  channel: string,
  { eventId }: Received,
): StoredEvent | SettledEvent {
  const deletion = take(deletionSchema, event);
  if (!deletion) return invalid('bad_deletion');
  const messageId = `${channel}/${deletion.deleted_ts}`;
  return { kind: 'deletion', eventId, at: millisecondsOf(deletion.ts), messageId };
}

const reactionSchema = z.object({
  user: slackId,
  reaction: z.string().min(1).max(200),
  event_ts: ts,
  item: z.object({ type: z.string() }),
});
const itemSchema = z.object({ channel: slackId, ts });

/** Without a text a reaction was taken back. */
function readReaction(
  event: Json,
  added: boolean,
  { eventId, teamId, botUser }: Received,
): StoredEvent | SettledEvent {
  const given = take(reactionSchema, event);
  if (!given) return invalid('bad_reaction');
  if (given.user === botUser) return ignored('own_reaction');
  if (given.item.type !== 'message') return ignored('other_item');
  const item = take(itemSchema, event.item);
  if (!item) return invalid('bad_reaction');
  const content: Content = {
    type: 'reaction',
    ...(added ? { text: `:${given.reaction}:` } : {}),
    replyTo: `${item.channel}/${item.ts}`,
  };
  const place = placeOf(teamId, given.user, item.channel);
  return { kind: 'message', eventId, at: millisecondsOf(given.event_ts), ...place, content };
}

// Content

const fileSchema = z.object({
  id,
  mode: hint,
  name: hint,
  mimetype: hint,
  size,
  url_private: webAddress.optional().catch(undefined),
});

function contentOf({ text = '', files, thread_ts, ts }: Said, channel: string): Content {
  const attachments = (Array.isArray(files) ? files : []).flatMap(attachmentOf);
  const words = plain(text);
  const replyTo =
    thread_ts === undefined || thread_ts === ts ? {} : { replyTo: `${channel}/${thread_ts}` };
  if (attachments.length > 0) {
    return { type: 'attachment', attachments, ...(words ? { text: words } : {}), ...replyTo };
  }
  // Blocks and cards alone, which apps make.
  return words ? { type: 'text', text: words, ...replyTo } : { type: 'unsupported', ...replyTo };
}

function attachmentOf(item: unknown): Attachment[] {
  const file = take(fileSchema, item);
  if (!file || file.mode === 'tombstone') return [];
  const attachment: Attachment = { type: typeOf(file.mimetype), id: file.id };
  // Opens for who is signed in to Slack, or with the bot's token.
  if (file.url_private) attachment.url = file.url_private;
  if (file.mimetype) attachment.mimeType = file.mimetype;
  if (file.name) attachment.name = file.name;
  if (file.size !== undefined) attachment.size = file.size;
  return [attachment];
}

function typeOf(mimeType = ''): Attachment['type'] {
  const [kind] = mimeType.split('/');
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}
