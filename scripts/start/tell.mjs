import { relative } from 'node:path';
import { SENDER } from './demo-delivery.mjs';

/** Says where things are and what to try. Secrets are shown once, when they are made. */
export function tell({ kept, settings, demo }) {
  const file = relative(process.cwd(), kept.file) || kept.file;
  const { baseUrl } = kept.values;
  const first = kept.isNew;
  console.log(`
Videur runs at ${baseUrl}

  API base     ${baseUrl}/api/v1
  reference    ${baseUrl}/api/v1/docs
  queues       ${baseUrl}/queues
  metrics      ${baseUrl}/metrics
  readiness    ${baseUrl}/readyz
  owner        ${settings.BOOTSTRAP_OWNER_EMAIL}
  password     ${first ? settings.BOOTSTRAP_OWNER_PASSWORD : `kept in ${file}`}
  API key      ${first ? settings.BOOTSTRAP_API_KEY : `kept in ${file}`}
${first ? `               (shown this once; kept in ${file})\n` : ''}${demo ? tour({ file, baseUrl, demo }) : ''}
Ctrl-C stops everything; the data stays.
`);
}

const STEPS = [
  ['deliver "Hello"', 'a signed WhatsApp delivery, as Meta would send it'],
  ['inbox', 'what came in'],
  ['block', 'block the sender'],
  ['deliver "Hello?"', 'the provider gets its 200 …'],
  ['inbox', '… and the message is nowhere'],
  ['unblock', 'let the sender in again'],
];

function steps() {
  // The other terminal has to look into the same folder.
  const { DATA_DIR } = process.env;
  const demo = `${DATA_DIR ? `DATA_DIR='${DATA_DIR}' ` : ''}node scripts/demo.mjs`;
  return STEPS.map(([verb, what]) => `  ${demo} ${verb.padEnd(20)} ${what}`).join('\n');
}

/** The commands are for another terminal, in this folder. */
function tour({ file, baseUrl, demo }) {
  return `
Try it, in another terminal:

${steps()}

The delivery by hand:

  secret=$(node -p 'JSON.parse(fs.readFileSync("${file}")).demo.appSecret')
  body='{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"${demo.phoneNumberId}"},"contacts":[{"profile":{"name":"${SENDER.name}"},"wa_id":"${SENDER.waId}"}],"messages":[{"from":"${SENDER.waId}","id":"wamid.'$(date +%s)'","timestamp":"'$(date +%s)'","type":"text","text":{"body":"Hello by hand"}}]}}]}]}'
  signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)
  curl -i ${baseUrl}/webhooks/whatsapp/${demo.channelId} -H 'Content-Type: application/json' -H "X-Hub-Signature-256: sha256=$signature" -d "$body"
`;
}
