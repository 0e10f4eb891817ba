import { expect } from 'chai';
import {
  bearer,
  custom,
  customBody,
  telegramUpdate,
  whatsapp,
  whatsappBody,
} from '../support/deliveries.ts';
import { World } from '../support/world.ts';

/** Words that stand for what must never leave the stores. Each is sent on every way there is. */
const PRIVATE = {
  text: 'PRIVATE-TEXT',
  phone: '16505557777',
  name: 'PRIVATE-NAME',
  telegramId: '7777777777',
  appSecret: 'PRIVATE-APP-SECRET',
  telegramSecret: 'PRIVATE_TELEGRAM_SECRET',
  token: 'PRIVATE-CUSTOM-TOKEN',
};

describe('Logs, metrics and job names', () => {
  let world: World;
  before(async () => {
    world = await World.start({ env: { LOG_LEVEL: 'debug' } });
  });
  after(() => world.stop());

  it('When messages come in, are refused, repeated and broken, then no text, number, name or secret is in any of them', async () => {
    const meta = await world.whatsapp('111', PRIVATE.appSecret);
    const telegram = await world.telegram(PRIVATE.telegramSecret);
    const generic = await world.createChannel('custom', {
      token: PRIVATE.token,
      apiBaseUrl: 'https://example.com',
    });
    let sent = 0;
    const all = async () => {
      const body = whatsappBody([
        whatsapp.change('111', {
          contacts: [{ profile: { name: PRIVATE.name }, wa_id: PRIVATE.phone }],
          messages: [
            whatsapp.text({ from: PRIVATE.phone, id: 'w', text: PRIVATE.text }),
            { from: PRIVATE.phone, text: PRIVATE.text },
          ],
        }),
      ]);
      await world.post(meta.path, body, meta.sign(body));
      await world.post(meta.path, body, meta.sign(`${body}${PRIVATE.text}`));
      await world.post(
        telegram.path,
        telegramUpdate({ updateId: 7, from: Number(PRIVATE.telegramId), text: PRIVATE.text }),
        telegram.sign(''),
      );
      await world.post(telegram.path, PRIVATE.text, telegram.sign(''));
      await world.post(
        generic.path,
        customBody(`+${PRIVATE.phone}`, [custom.text({ mId: 'c', text: PRIVATE.text })], {
          firstName: PRIVATE.name,
        }),
        bearer(PRIVATE.token),
      );
      sent += 5;
      await world.settled(sent);
    };
    await all();
    await all();
    for (const contact of await world.list(`${world.workspace}/contacts`))
      await world.block(contact.id, { reason: PRIVATE.text });
    await all();

    const metrics = await (await fetch(`${world.base}/metrics`)).text();
    // Keys name the queues and every job in them.
    const jobs = (await world.redis.keys('*')).join('\n');
    expect(jobs).to.include('block-effects');
    expect(metrics).to.include('videur_events_total');
    expect(world.output).to.include('batch.delivered');
    expect(world.output).to.include('contact.blocked');
    for (const [what, value] of Object.entries(PRIVATE))
      for (const [where, text] of Object.entries({ logs: world.output, metrics, jobs }))
        expect(text.includes(value), `${what} in ${where}`).to.equal(false);
    expect(world.output.includes(world.apiKey), 'API key in logs').to.equal(false);
  });
});
