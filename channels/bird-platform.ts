import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { Delivery, Outgoing } from './adapter.ts';
import { SendError } from './http.ts';
import { mediaType } from './media.ts';
import { hint, id, ignored, invalid, type Json, label, lines, take, webAddress } from './read.ts';
import { idUrn, phoneUrn, profileOf, smsUrn, whatsappUrn } from './sender.ts';
import { sameText, TOLERANCE_SECONDS } from './signature.ts';
import { isoTime } from './time.ts';

/**
 * Bird's second generation, the connectivity platform: SMS, WhatsApp, mail and other apps in one shape.
 *
 * - messages: https://docs.bird.com/api/channels-api/supported-channels
 * - statuses and what was read: https://docs.bird.com/api/channels-api/message-status-and-interactions
 * - signature: https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
 */

/**
 * What is sent again has the time of the first attempt, and is, for eight hours:
 * https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions. With room to spare:
 * the body is signed and each event counts once, so an old delivery is good for nothing.
 */
const RETRIED_SECONDS = 24 * 60 * 60;

/** The base64 HMAC-SHA256 of the time, the address and the bytes of the body's SHA-256, a line each. */
export function hasPlatformSignature(
  { headers, url, body }: Delivery,
  signature: unknown,
  keys: readonly string[],
  now: number,
): boolean {
  const timestamp = headers['messagebird-request-timestamp'];
  if (typeof signature !== 'string') return false;
  if (typeof timestamp !== 'string' || !/^\d{1,11}$/.test(timestamp)) return false;
  const age = Math.floor(now / 1000) - Number(timestamp);
  if (age > RETRIED_SECONDS || age < -TOLERANCE_SECONDS) return false;
  const bodyHash = createHash('sha256').update(body).digest();
  return keys.some((key) => {
    const hmac = createHmac('sha256', key).update(`${timestamp}\n${url}\n`).update(bodyHash);
    return sameText(signature, hmac.digest('base64'));
  });
}

// What happened

/** `{"service":"channels","event":"whatsapp.inbound"}`: also `.outbound` and `.interaction`. */
const envelopeSchema = z.object({ service: z.string(), event: z.string() });
const outboundSchema = z.object({ id, status: z.string(), lastStatusAt: isoTime });
const interactionSchema = z.object({ messageId: id, type: z.string(), createdAt: isoTime });

const STATUSES = new Map<string, MessageStatus>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['rejected', 'failed'],
  ['sending_failed', 'failed'],
  ['delivery_failed', 'failed'],
]);

export const isPlatformFailure = (status: string): boolean => STATUSES.get(status) === 'failed';

export function readPlatform(
  envelope: Json,
  payload: Json,
  receivedAt: number,
): StoredEvent | SettledEvent {
  const { service, event } = take(envelopeSchema, envelope) ?? {};
  if (service === undefined || event === undefined) return invalid('bad_envelope');
  const [platform = '', what] = event.split('.');
  if (service !== 'channels') return ignored('other_event');
  if (what === 'inbound') return readInbound(payload, platform, receivedAt);
  if (what === 'outbound') {
    const message = take(outboundSchema, payload);
    if (!message) return invalid('bad_status');
    const { id: messageId, status, lastStatusAt: at = receivedAt } = message;
    return statusUpdate(messageId, status, at);
  }
  if (what === 'interaction') {
    const interaction = take(interactionSchema, payload);
    if (!interaction) return invalid('bad_status');
    const { messageId, type, createdAt: at = receivedAt } = interaction;
    return type === 'read' ? statusUpdate(messageId, type, at) : ignored('other_interaction');
  }
  return ignored('other_event');
}

function statusUpdate(messageId: string, given: string, at: number): StoredEvent | SettledEvent {
  const status = STATUSES.get(given);
  if (!status) return ignored('other_status');
  return { kind: 'status', eventId: `${messageId}:${given}`, at, messageId, status };
}

const contactSchema = z.object({
  id: hint,
  identifierKey: hint,
  identifierValue: hint,
  annotations: z.object({ name: label }).optional().catch(undefined),
});
const inboundSchema = z.object({
  id,
  createdAt: isoTime,
  sender: z.object({ contact: contactSchema }),
  body: z.looseObject({ type: z.string() }),
  replyTo: z.object({ id }).optional().catch(undefined),
  meta: z
    .object({
      extraInformation: z
        .object({
          /** Of the platform itself, in seconds. */
          timestamp: z
            .string()
            .regex(/^\d{1,11}$/)
            .transform((seconds) => Number(seconds) * 1000)
            .optional()
            .catch(undefined),
          /** https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/business-scoped-user-ids */
          whatsappbsuid: hint,
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

function readInbound(
  payload: Json,
  platform: string,
  receivedAt: number,
): StoredEvent | SettledEvent {
  const message = take(inboundSchema, payload);
  if (!message) return invalid('bad_message');
  const { id: eventId, createdAt, sender, body, replyTo, meta } = message;
  const { timestamp, whatsappbsuid } = meta?.extraInformation ?? {};
  const identities = identitiesOf(sender.contact, platform, whatsappbsuid);
  if (identities.length === 0) return invalid('no_sender');
  const content = contentOf(body, body.type);
  if (replyTo) content.replyTo = replyTo.id;
  const profile = profileOf(identities, sender.contact.annotations?.name);
  const at = timestamp ?? createdAt ?? receivedAt;
  return { kind: 'message', eventId, at, identities, profile, content };
}

// Who it is

/** Apps whose people have an identity of their own here, by the platform's name of the app. */
const SCHEMES = new Map([
  ['facebook', 'messenger'],
  ['instagram', 'instagram'],
  ['line', 'line'],
  ['telegram', 'telegram'],
  ['viber', 'viber'],
]);

/** Who has no identifier that can be read is known by the platform's own id of the contact. */
function identitiesOf(
  { id, identifierKey, identifierValue }: z.infer<typeof contactSchema>,
  platform: string,
  whatsappId: string | undefined,
): Urn[] {
  const urns = [
    whatsappId ? idUrn('whatsapp', whatsappId) : undefined,
    identifierValue ? identifierUrn(identifierKey, identifierValue, platform) : undefined,
  ].filter((urn) => urn !== undefined);
  if (urns.length > 0) return [...new Set(urns)];
  const contact = id ? idUrn('bird', id) : undefined;
  return contact ? [contact] : [];
}

function identifierUrn(key: string | undefined, value: string, platform: string): Urn | undefined {
  if (key === 'phonenumber') return smsUrn(value);
  if (key === 'emailaddress') return idUrn('mailto', value.toLowerCase());
  if (platform === 'whatsapp') return whatsappUrn(value);
  const scheme = SCHEMES.get(platform);
  return scheme === undefined ? phoneUrn(value) : idUrn(scheme, value);
}

// Content

const fileSchema = z.object({ mediaUrl: webAddress, contentType: hint, filename: hint }).transform(
  ({ mediaUrl: url, contentType, filename }): Attachment => ({
    type: mediaType(contentType),
    url,
    ...(contentType ? { mimeType: contentType } : {}),
    ...(filename ? { name: filename } : {}),
  }),
);
const imageSchema = z.object({ text: hint, images: z.array(fileSchema).min(1) });
const filesSchema = z.object({ text: hint, files: z.array(fileSchema).min(1) });
const textSchema = z.object({ text: z.string() });
const actionSchema = z.object({
  type: z.literal('postback'),
  postback: z.object({ text: hint, payload: hint }),
});
const pressedSchema = z.object({ text: hint, actions: z.tuple([actionSchema], z.unknown()) });
const placeSchema = z.object({
  coordinates: z.object({ latitude: z.number(), longitude: z.number() }),
  location: z.object({ label: hint, address: hint }).optional().catch(undefined),
});

type Reader = (part: unknown) => Content | undefined;

const withText = (attachments: Attachment[], text: string | undefined): Content => ({
  type: 'attachment',
  attachments,
  ...(text ? { text } : {}),
});

/** A button of ours that was pressed comes back inside what it was under. */
const spoken: Reader = (part) => {
  const pressed = take(pressedSchema, part);
  if (!pressed)
    return take(
      textSchema.transform(({ text }) => ({ type: 'text', text })),
      part,
    );
  const { postback } = pressed.actions[0];
  const text = postback.text ?? pressed.text ?? postback.payload;
  return { type: 'reply', ...(text ? { text } : {}) };
};

/** https://docs.bird.com/api/channels-api/message-types */
const READERS = new Map<string, Reader>([
  ['text', spoken],
  ['list', spoken],
  ['interactive', spoken],
  ['html', spoken],
  [
    'image',
    (part) => {
      const image = take(imageSchema, part);
      if (!image) return undefined;
      const images = image.images.map((file): Attachment => ({ ...file, type: 'image' }));
      return withText(images, image.text);
    },
  ],
  [
    'file',
    (part) => {
      const file = take(filesSchema, part);
      return file && withText(file.files, file.text);
    },
  ],
  [
    'location',
    (part) => {
      const place = take(placeSchema, part);
      if (!place) return undefined;
      const { coordinates, location } = place;
      const position = `${coordinates.latitude},${coordinates.longitude}`;
      return { type: 'location', text: lines(location?.label, location?.address, position) };
    },
  ],
]);

/** The part that has its type's name. What of it cannot be read leaves a message all the same. */
const contentOf = (body: Json, type: string): Content =>
  READERS.get(type)?.(body[type]) ?? { type: 'unsupported' };

// What is sent

export function platformRequest(
  { to, text, attachment, key }: Outgoing,
  workspaceId: string,
  channelId: string,
): { base: string; path: string; body: Json } {
  return {
    base: 'https://api.bird.com',
    path: `/workspaces/${workspaceId}/channels/${channelId}/messages`,
    body: {
      receiver: { contacts: [receiverOf(to)] },
      body: attachment ? filePart(attachment, text) : { type: 'text', text: { text } },
      reference: key,
    },
  };
}

/** Which app an identifier is of is told by the channel, where it is told by no key of its own. */
function receiverOf(to: Urn): Json {
  const [scheme, value] = to.split(/:(.*)/s);
  if (scheme === 'bird') return { id: value };
  if (scheme === 'tel') return { identifierKey: 'phonenumber', identifierValue: value };
  if (scheme === 'mailto') return { identifierKey: 'emailaddress', identifierValue: value };
  if (scheme === 'whatsapp') return { identifierKey: 'whatsappbsuid', identifierValue: value };
  return { identifierValue: value };
}

function filePart({ type, url, mimeType, name }: Attachment, text: string | undefined): Json {
  if (url === undefined) throw new SendError('unsupported');
  if (type === 'image') return { type: 'image', image: { text, images: [{ mediaUrl: url }] } };
  const file = { mediaUrl: url, contentType: mimeType, filename: name };
  return { type: 'file', file: { text, files: [file] } };
}
