import { z } from 'zod';
import type { ChannelAdapter } from './adapter.ts';
import { type Dialect, parseMessaging, requestOf, sendMessaging } from './messaging.ts';
import { metaAccount, metaCredentials, metaWebhook } from './meta.ts';
import { id } from './read.ts';

/**
 * Instagram: the direct messages of a professional account. What it says is in `messaging.ts`.
 *
 * **Identities.** A person is `instagram:IGSID`, an id that is scoped to the account.
 *
 * **Secrets.** An app with Instagram Login signs with its Instagram app secret, one with Facebook
 * Login with the app secret; an app may have both, so `appSecret` may list both.
 */

const credentials = z.strictObject({ accountId: id, ...metaCredentials });
export type InstagramCredentials = z.infer<typeof credentials>;

const DIALECT: Dialect = { object: 'instagram', scheme: 'instagram' };

export const instagram: ChannelAdapter<InstagramCredentials> = {
  credentials,
  ...metaWebhook,

  account: (given) => metaAccount(given, given.accountId),

  parse: ({ body }, { receivedAt }) => parseMessaging(body, receivedAt, DIALECT),

  reaches: (urn) => urn.startsWith('instagram:'),

  /** https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/messaging-api */
  send: async (message, context) =>
    sendMessaging(context.credentials.accountId, requestOf(message, DIALECT), context),
};
