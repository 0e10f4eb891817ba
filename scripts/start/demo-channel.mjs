import { randomBytes } from 'node:crypto';
import { api } from './api.mjs';

const NAME = 'Demo WhatsApp';
const PHONE_NUMBER_ID = '106540352242922';

/** Makes a channel to try things on, once. Without one the system runs all the same, so a failure is only told. */
export async function demoChannel({ kept }) {
  try {
    const call = api(kept.values);
    const workspaceId = (await call('GET', '/workspaces')).items[0].id;
    const channels = (await call('GET', `/workspaces/${workspaceId}/channels`)).items;
    const existing = channels.find(({ name }) => name === NAME);
    if (existing) return existing.id === kept.values.demo?.channelId ? kept.values.demo : undefined;

    const appSecret = randomBytes(16).toString('hex');
    const { id: channelId } = await call('POST', `/workspaces/${workspaceId}/channels`, {
      type: 'whatsapp',
      name: NAME,
      credentials: {
        phoneNumberId: PHONE_NUMBER_ID,
        appId: 'demo-app',
        appSecret,
        verifyToken: randomBytes(16).toString('hex'),
        accessToken: 'demo',
      },
    });
    await kept.save({
      demo: { workspaceId, channelId, appSecret, phoneNumberId: PHONE_NUMBER_ID },
    });
    return kept.values.demo;
  } catch (error) {
    console.error(`There is no demo channel: ${error.message}`);
  }
}
