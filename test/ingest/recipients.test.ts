import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { adapters } from '../../channels/index.ts';
import { type Recipient, recipientFinder } from '../../gateway/ingest/recipients.ts';
import type { ChannelType } from '../../models/channel/channel.ts';
import { Types } from '../../models/ids.ts';
import { seal } from '../../models/secret-box.ts';
import { delivery, signWhatsApp as signMeta } from '../support/deliveries.ts';
import { openStores, type Stores } from '../support/stores.ts';

const KEY = randomBytes(32);
const META = { verifyToken: 'verify', accessToken: 'token' };

describe('Whom a webhook address stands for', () => {
  let stores: Stores;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());

  const finder = () => recipientFinder({ ...stores, settings: { ENCRYPTION_KEY: KEY } });

  /** Keeps a channel as the API does. */
  const create = async (type: ChannelType, credentials: object): Promise<string> => {
    const _id = new Types.ObjectId();
    const given = { ...META, ...credentials };
    const account = adapters[type].account?.(given);
    if (!account) throw new Error(`${type} has no account`);
    const { appId, accountId } = account;
    const row = { _id, workspaceId: new Types.ObjectId(), type, name: type, appId, accountId };
    await stores.models.channels.create({ ...row, sealed: seal(given, KEY, _id.toString()) });
    return _id.toString();
  };
  /** One app: two numbers, a page and an Instagram account; this last signs with a secret of its own. */
  const createApp = async (appId: string) => ({
    one: await create('whatsapp', { appId, phoneNumberId: '111', appSecret: 'facebook' }),
    two: await create('whatsapp', { appId, phoneNumberId: '222', appSecret: 'facebook' }),
    page: await create('messenger', { appId, pageId: '333', appSecret: 'facebook' }),
    insta: await create('instagram', {
      appId,
      accountId: '444',
      appSecret: ['facebook', 'instagram'],
    }),
  });
  const find = async (path: string): Promise<Recipient> => {
    const recipient = await finder()(path);
    if (!recipient) throw new Error(`nobody at ${path}`);
    return recipient;
  };
  const signed = async ({ signedFor }: Recipient, object: string, secret: string) => {
    const body = JSON.stringify({ object, entry: [] });
    const { adapter, channels } = await signedFor(delivery(body, signMeta(body, secret)), 1);
    const type = Object.entries(adapters).find(([, one]) => one === adapter)?.[0];
    return { type, ids: channels.map(({ id }) => id) };
  };

  it('When one app has channels of several types, then what a delivery is about says whose it is and who reads it', async () => {
    const { one, two, page, insta } = await createApp('several');
    const app = await find('meta/several');
    expect(app.channels).to.have.length(4);
    expect(await signed(app, 'whatsapp_business_account', 'facebook')).to.deep.equal({
      type: 'whatsapp',
      ids: [one, two],
    });
    expect(await signed(app, 'page', 'facebook')).to.deep.equal({ type: 'messenger', ids: [page] });
    for (const secret of ['facebook', 'instagram'])
      expect(await signed(app, 'instagram', secret)).to.deep.equal({
        type: 'instagram',
        ids: [insta],
      });
  });

  it('When the secret is that of another type of the app, then the delivery is not for this one', async () => {
    const { insta } = await createApp('secrets');
    const app = await find('meta/secrets');
    // Signed by Instagram's own secret, about a page: for the only channel that has this secret.
    expect(await signed(app, 'page', 'instagram')).to.deep.equal({
      type: 'instagram',
      ids: [insta],
    });
    expect((await signed(app, 'page', 'somebody')).ids).to.deep.equal([]);
    expect((await signed(app, 'whatsapp_business_account', '')).ids).to.deep.equal([]);
  });

  it('When no channel is of the type, then another’s adapter has nothing for the inbox', async () => {
    await create('whatsapp', { appId: 'two', phoneNumberId: '1', appSecret: 'facebook' });
    await create('messenger', { appId: 'two', pageId: '2', appSecret: 'facebook' });
    const app = await find('meta/two');
    const body = '{"object":"instagram","entry":[{"id":"2"}]}';
    const given = delivery(body, signMeta(body, 'facebook'));
    const { adapter, channels } = await app.signedFor(given, 1);
    const [{ id: channelId, credentials }] = channels as [(typeof channels)[number]];
    expect(adapter.parse(given, { channelId, credentials, receivedAt: 1 })).to.deep.equal([
      { kind: 'ignored', reason: 'other_object' },
    ]);
  });

  it('When a channel’s own address is called, then it stands for the channels of its type with the same secrets', async () => {
    const { one, two, page } = await createApp('own');
    const other = await create('whatsapp', {
      appId: 'own',
      phoneNumberId: '555',
      appSecret: 'of another workspace',
    });
    const recipient = await find(`whatsapp/${one}`);
    const about = 'whatsapp_business_account';
    expect(await signed(recipient, about, 'facebook')).to.deep.equal({
      type: 'whatsapp',
      ids: [one, two],
    });
    expect((await signed(recipient, about, 'of another workspace')).ids).to.deep.equal([]);
    expect(
      (await signed(await find(`whatsapp/${other}`), about, 'of another workspace')).ids,
    ).to.deep.equal([other]);
    expect(await signed(await find(`messenger/${page}`), 'page', 'facebook')).to.deep.equal({
      type: 'messenger',
      ids: [page],
    });
  });

  it('When the address is nobody’s, then nobody is found', async () => {
    const { one } = await createApp('nobody');
    const lookUp = finder();
    for (const path of [
      '',
      'meta',
      'meta/unknown',
      'meta/nobody/x',
      `messenger/${one}`,
      `meta/${one}`,
      `whatsapp/${new Types.ObjectId()}`,
      'whatsapp/x',
      'constructor/x',
    ])
      expect(await lookUp(path), path).to.equal(undefined);
  });

  it('When a channel of another provider has the same app id, then Meta’s address is not its', async () => {
    await stores.models.channels.create({
      workspaceId: new Types.ObjectId(),
      type: 'telegram',
      name: 'x',
      appId: 'shared',
      accountId: '1',
      sealed: Buffer.alloc(40),
    });
    expect(await finder()('meta/shared')).to.equal(undefined);
    const id = await create('messenger', { appId: 'shared', pageId: '2', appSecret: 'facebook' });
    expect((await find('meta/shared')).channels.map((channel) => channel.id)).to.deep.equal([id]);
  });
});
