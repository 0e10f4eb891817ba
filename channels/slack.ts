import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { ChannelAdapter, Delivery, Outgoing } from './adapter.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import { apiBaseUrl, ignored, invalid, isObject, type Json, readJson, take } from './read.ts';
import { isFresh, type Secrets, sameText, secretList, secretsOf } from './signature.ts';
import { readForm } from './slack-actions.ts';
import { readEnvelope } from './slack-events.ts';
import { slackId, TARGET, ts } from './slack-ids.ts';
import { escaped } from './slack-text.ts';
import { uuidOf } from './uuid.ts';

/**
 * Slack: the Events API (one event for each delivery, JSON) and interactivity (a form with JSON in it).
 * https://docs.slack.dev/apis/events-api/
 *
 * - **Identities.** `slack:TEAM/USER` and, for channels, `slack:TEAM/CHANNEL`. TEAM is the channel's
 *   own `teamId`, not that of the event: an event does not always say where a user of a shared
 *   channel is at home, and a block must hold whether it does or not. User ids are only said to be
 *   unique in one team.
 * - A message's id is `CHANNEL/ts`, also what sending is answered with: to a user's id Slack answers
 *   with the id of the direct conversation (`D…`) that its events name too.
 * - Messages of bots come back: ours are echoes, others are no people, or two bots would never stop.
 */

const credentials = z.strictObject({
  signingSecret: secretList,
  botToken: secretList,
  /** Of the team, or of the organisation when the app is installed for all of it. */
  teamId: z.string().regex(/^[TE][A-Z0-9]{1,39}$/, 'must be the id of a team, such as T0123ABCD'),
  apiBaseUrl,
});
export type SlackCredentials = z.infer<typeof credentials>;

/** Slack states no limit. A text is at most 40,000 characters and comes a second time as `blocks`. */
const BODY_LIMIT = 1024 * 1024;

export const slack: ChannelAdapter<SlackCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify: (delivery, { signingSecret }, now) => isSigned(delivery, signingSecret, now),

  /** https://docs.slack.dev/reference/events/url_verification: signed as any other delivery. */
  challenge(delivery, { signingSecret }, now) {
    // Cheap, for every delivery comes by here.
    if (delivery.method !== 'POST' || !delivery.body.includes('url_verification')) return undefined;
    if (!isSigned(delivery, signingSecret, now)) return undefined;
    const greeting = take(greetingSchema, readJson(delivery.body));
    return greeting && { status: 200, body: greeting.challenge };
  },

  parse(delivery, { credentials }) {
    const { teamId } = credentials;
    if (isForm(delivery)) return readForm(delivery.body, teamId);
    const envelope = readJson(delivery.body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope) || typeof envelope.type !== 'string') return [invalid('bad_envelope')];
    const { type } = envelope;
    if (type === 'event_callback') return [readEnvelope(envelope, teamId)];
    return [ignored(NOT_EVENTS.has(type) ? type : 'other_delivery')];
  },

  reaches: (urn) => TARGET.test(urn),

  async send(message, { credentials, call, now }) {
    const { botToken, teamId, apiBaseUrl = 'https://slack.com/api' } = credentials;
    const [, team, channel] = TARGET.exec(message.to) ?? [];
    // The token is of one team; users and channels of another are not to be had with it.
    if (team !== teamId) throw new SendError('unsupported');
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/chat.postMessage`,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${secretsOf(botToken)[0]}`,
      },
      body: JSON.stringify({
        channel,
        ...messageOf(message),
        mrkdwn: false,
        // Slack's page knows it only from its errors; a repeat then gives the first one's answer.
        client_msg_id: uuidOf(message.key),
      }),
    });
    assertSent(response, now());
    const sent = readAnswer(answerSchema, response);
    return { messageId: `${sent.channel}/${sent.ts}` };
  },
};

const greetingSchema = z.object({
  type: z.literal('url_verification'),
  challenge: z.string().min(1).max(1024),
});
const NOT_EVENTS = new Set(['url_verification', 'app_rate_limited']);

// Who is let in

/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack: `v0=` and the hex HMAC-SHA256
 * of `v0:timestamp:body`. Slack's own library refuses what is stale; here also what is too new.
 */
function isSigned({ headers, body }: Delivery, secrets: Secrets | undefined, now: number): boolean {
  const signature = headers['x-slack-signature'];
  const timestamp = headers['x-slack-request-timestamp'];
  if (typeof signature !== 'string') return false;
  if (typeof timestamp !== 'string' || !/^\d{1,11}$/.test(timestamp)) return false;
  if (!isFresh(Number(timestamp), now)) return false;
  return secretsOf(secrets).some((secret) => {
    const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body);
    return sameText(signature, `v0=${hmac.digest('hex')}`);
  });
}

const isForm = ({ headers }: Delivery): boolean =>
  String(headers['content-type']).startsWith('application/x-www-form-urlencoded');

// What is sent

/** A picture is shown by its address; any other file would have to be uploaded. */
function messageOf({ text, attachment }: Outgoing): Json {
  const words = text === undefined ? {} : { text: escaped(text) };
  if (!attachment) return words;
  const { type, url, name = 'image' } = attachment;
  if (type !== 'image' || url === undefined) throw new SendError('unsupported');
  return { ...words, attachments: [{ fallback: escaped(name), image_url: url }] };
}

const answerSchema = z.object({ ok: z.literal(true), channel: slackId, ts });
const refusalSchema = z.object({
  ok: z.literal(false),
  error: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional()
    .catch(undefined),
});

/**
 * Slack's own words in a 200, as the status that HTTP has for them; any other would be refused again.
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
const REFUSALS = new Map<string, number>([
  ['account_inactive', 401],
  ['invalid_auth', 401],
  ['missing_scope', 401],
  ['not_allowed_token_type', 401],
  ['not_authed', 401],
  ['team_access_not_granted', 401],
  ['token_expired', 401],
  ['token_revoked', 401],
  ['rate_limited', 429],
  ['ratelimited', 429],
  ['fatal_error', 503],
  ['internal_error', 503],
  ['org_login_required', 503],
  ['request_timeout', 503],
  ['service_unavailable', 503],
  ['team_added_to_org', 503],
]);

function assertSent(response: HttpResponse, now: number): void {
  const refusal = take(refusalSchema, readJson(Buffer.from(response.body)));
  if (!refusal || response.status !== 200) {
    assertAccepted(response, now, refusal?.error);
    return;
  }
  const status = REFUSALS.get(refusal.error ?? '') ?? 400;
  assertAccepted({ ...response, status }, now, refusal.error);
}
