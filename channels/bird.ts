import { z } from 'zod';
import type { ChannelAdapter } from './adapter.ts';
import { hasLegacyToken, legacyRequest, readLegacy } from './bird-legacy.ts';
import {
  hasPlatformSignature,
  isPlatformFailure,
  platformRequest,
  readPlatform,
} from './bird-platform.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import {
  apiBaseUrl,
  hint,
  id,
  ignored,
  invalid,
  isObject,
  pathPart,
  readJson,
  take,
} from './read.ts';
import { secretList, secretsOf } from './signature.ts';
import { hasStandardSignature, isStandardSecret } from './standard-webhooks.ts';

/**
 * Bird, formerly MessageBird. There are three generations of it; a delivery's headers tell which one it
 * is of.
 *
 * - the legacy SMS API, https://developers.messagebird.com/api/sms-messaging: `bird-legacy.ts`
 * - the connectivity platform, https://docs.bird.com/api/channels-api: `bird-platform.ts`
 * - that of 2026, https://bird.com/docs/webhooks: Standard Webhooks about mail that was sent and about
 *   domains. Nothing of it is for the inbox.
 *
 * A signing key that begins with `whsec_` is of the third and proves nothing else; any other is of the
 * first two and proves nothing of the third.
 */

const credentials = z.strictObject({
  signingKey: secretList,
  accessKey: secretList,
  /** To send by the connectivity platform. */
  workspaceId: pathPart.optional(),
  channelId: pathPart.optional(),
  /** To send by the legacy SMS API. */
  originator: id.optional(),
  apiBaseUrl,
});
export type BirdCredentials = z.infer<typeof credentials>;

/** Bird states no limit. A text has at most 4,096 characters; the rest is metadata. */
const BODY_LIMIT = 256 * 1024;

/** The headers of the first two generations. */
const LEGACY = 'messagebird-signature-jwt';
const PLATFORM = 'messagebird-signature';

export const bird: ChannelAdapter<BirdCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,
  /** The status reports of the legacy SMS API. */
  deliversByGet: true,

  verify(delivery, { signingKey }, now) {
    const keys = secretsOf(signingKey);
    const plain = keys.filter((key) => !isStandardSecret(key));
    const legacy = delivery.headers[LEGACY];
    if (legacy !== undefined) return hasLegacyToken(delivery, legacy, plain, now);
    const signature = delivery.headers[PLATFORM];
    if (signature !== undefined) return hasPlatformSignature(delivery, signature, plain, now);
    return hasStandardSignature(delivery, keys.filter(isStandardSecret), now);
  },

  parse(delivery, { receivedAt }) {
    const { headers, method, query, body } = delivery;
    if (headers[LEGACY] !== undefined) {
      const form = method === 'GET' ? query : new URLSearchParams(body.toString());
      return [readLegacy(form, receivedAt)];
    }
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope)) return [invalid('bad_envelope')];
    if (isObject(envelope.payload)) return [readPlatform(envelope, envelope.payload, receivedAt)];
    return [isObject(envelope.data) ? ignored('other_event') : invalid('bad_envelope')];
  },

  reaches: (urn) =>
    /^(tel|whatsapp|messenger|instagram|line|telegram|viber|mailto|bird):/.test(urn),

  async send(message, { credentials, webhookUrl, call, now }) {
    const { accessKey, apiBaseUrl, workspaceId, channelId, originator } = credentials;
    const request =
      workspaceId !== undefined && channelId !== undefined
        ? platformRequest(message, workspaceId, channelId)
        : legacyRequest(message, originator, webhookUrl);
    const response = await call({
      method: 'POST',
      url: `${(apiBaseUrl ?? request.base).replace(/\/$/, '')}${request.path}`,
      headers: {
        'content-type': 'application/json',
        authorization: `AccessKey ${secretsOf(accessKey)[0]}`,
      },
      body: JSON.stringify(request.body),
    });
    assertAccepted(response, now(), codeOf(response));
    const { id: messageId, status } = readAnswer(answerSchema, response);
    if (status !== undefined && isPlatformFailure(status)) throw new SendError('rejected');
    return { messageId };
  },
};

const answerSchema = z.object({ id, status: hint });
const code = z.union([z.string(), z.int()]).transform(String);
const errorSchema = z
  .object({ code })
  .or(
    z
      .object({ errors: z.tuple([z.object({ code })], z.unknown()) })
      .transform(({ errors }) => errors[0]),
  );

/** `{"code":"InvalidPayload"}` of the platform, `{"errors":[{"code":9}]}` of the legacy API. */
const codeOf = ({ body }: HttpResponse): string | undefined =>
  take(errorSchema, readJson(Buffer.from(body)))?.code;
