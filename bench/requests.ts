import { createHmac } from 'node:crypto';

/** What all variants are measured with: one signed WhatsApp delivery of one message. */
export const APP_ID = 'bench-app';
export const APP_SECRET = 'bench-app-secret';
export const PHONE_NUMBER_ID = '106540352242922';
export const SENDERS = 10_000;
const BODY_BYTES = 500;

export function senderOf(index: number): string {
  return `1650${String(5_000_000 + (index % SENDERS))}`;
}

/** `run` keeps event ids apart between two loads, so that nothing is a duplicate. */
export function signedRequest(path: string, run: string, index: number): Buffer {
  const body = messageBody(run, index);
  const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex');
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `X-Hub-Signature-256: sha256=${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function messageBody(run: string, index: number): string {
  const from = senderOf(index);
  const build = (text: string) =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [
            {
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '15550783881', phone_number_id: PHONE_NUMBER_ID },
                contacts: [{ profile: { name: 'Bench' }, wa_id: from }],
                messages: [
                  {
                    from,
                    id: `wamid.${run}.${index}`,
                    timestamp: '1749416383',
                    type: 'text',
                    text: { body: text },
                  },
                ],
              },
              field: 'messages',
            },
          ],
        },
      ],
    });
  return build('x'.repeat(Math.max(1, BODY_BYTES - build('').length)));
}
