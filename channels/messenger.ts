import { z } from 'zod';
import type { ChannelAdapter } from './adapter.ts';
import { type Dialect, parseMessaging, requestOf, sendMessaging } from './messaging.ts';
import { metaAccount, metaCredentials, metaWebhook } from './meta.ts';
import { id } from './read.ts';

/**
 * Facebook Messenger: the conversations of a Facebook Page. What it says is in `messaging.ts`.
 *
 * **Identities.** A person is `messenger:PSID`, an id that is scoped to the page: the same person has
 * another one at another page.
 */

const credentials = z.strictObject({ pageId: id, ...metaCredentials });
export type MessengerCredentials = z.infer<typeof credentials>;

const DIALECT: Dialect = { object: 'page', scheme: 'messenger' };

export const messenger: ChannelAdapter<MessengerCredentials> = {
  credentials,
  ...metaWebhook,

  account: (given) => metaAccount(given, given.pageId),

  parse: ({ body }, { receivedAt }) => parseMessaging(body, receivedAt, DIALECT),

  reaches: (urn) => urn.startsWith('messenger:'),

  /** https://developers.facebook.com/docs/messenger-platform/reference/send-api */
  async send(message, context) {
    const { recipient, message: body } = requestOf(message, DIALECT);
    // `metadata` comes back in the echo.
    const request = {
      messaging_type: 'RESPONSE',
      recipient,
      message: { ...body, metadata: message.key },
    };
    return sendMessaging(context.credentials.pageId, request, context);
  },
};
