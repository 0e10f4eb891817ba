import { createHmac, randomUUID } from 'node:crypto';

/** The one who writes in the demonstration. */
export const SENDER = { name: 'Ada Demo', waId: '33612345678' };

/** Posts a text message as Meta would: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks */
export async function deliver({ baseUrl, demo }, text) {
  const body = JSON.stringify(delivery(demo.phoneNumberId, text));
  const signature = createHmac('sha256', demo.appSecret).update(body).digest('hex');
  return fetch(`${baseUrl}/webhooks/whatsapp/${demo.channelId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  });
}

function delivery(phoneNumberId, text) {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550001111', phone_number_id: phoneNumberId },
    contacts: [{ profile: { name: SENDER.name }, wa_id: SENDER.waId }],
    messages: [
      {
        from: SENDER.waId,
        id: `wamid.${randomUUID()}`,
        timestamp: String(Math.floor(Date.now() / 1000)),
        type: 'text',
        text: { body: text },
      },
    ],
  };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '0', changes: [{ field: 'messages', value }] }],
  };
}
