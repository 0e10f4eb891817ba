import { randomBytes, randomInt } from 'node:crypto';
import { expect } from 'chai';
import { throttled } from '../../gateway/api/people/throttle.ts';
import type { ObjectId } from '../../models/ids.ts';
import { hashPassword, TooBusy } from '../../models/people/password.ts';
import { type Answer, TestApi } from '../support/api.ts';
import { PASSWORD } from '../support/people.ts';

describe('guessing passwords', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let passwordHash: string;
  let users = 0;

  before(async () => {
    api = await TestApi.start(({ settings }) => ({
      settings: { ...settings, TRUSTED_PROXIES: 1 },
    }));
    workspaceId = await api.workspace();
    passwordHash = await hashPassword(PASSWORD);
  });
  after(() => api.stop());

  async function user(): Promise<string> {
    const email = `user${users++}-${workspaceId}@example.com`;
    const memberships = [{ workspaceId, role: 'agent' as const }];
    await api.models.users.create({ email, passwordHash, memberships });
    return email;
  }
  /** The proxy adds the address that it saw: what was there before is anybody's word. */
  const logIn = (email: string, ip: string, password = PASSWORD, claimed = '') =>
    api.call('POST', '/auth/login', {
      body: { email, password },
      headers: { 'x-forwarded-for': `${claimed && `${claimed}, `}${ip}` },
    });
  const address = () => `203.0.${randomInt(256)}.${randomInt(256)}`;
  const times = async (count: number, ask: (index: number) => Promise<Answer>) => {
    const answers = [];
    for (let i = 0; i < count; i++) answers.push(await ask(i));
    return answers.map(({ status }) => status);
  };
  const all = (status: number, count: number) => Array(count).fill(status);
  const refused = (answer: Answer) => {
    expect([answer.status, answer.body.code]).to.deep.equal([429, 'too_many_attempts']);
    expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 3_600);
  };

  it('When one network tries many addresses, then 429 for any of them, and for no other network', async () => {
    const [email, ip] = [await user(), address()];
    // Who signs in rightly is no guesser, however often.
    expect(await times(10, () => logIn(email, ip))).to.deep.equal(all(200, 10));
    expect(await times(100, (i) => logIn(`nobody${i}@example.com`, ip, 'wrong'))).to.deep.equal(
      all(401, 100),
    );
    refused(await logIn(email, ip));
    expect((await logIn(email, address())).status).to.equal(200);
  });

  it('When many networks try one address, then 429 for it, but not from where its owner signs in', async () => {
    const [email, home] = [await user(), address()];
    expect((await logIn(email, home)).status).to.equal(200);
    const guesses = await times(100, () => logIn(email, address(), 'wrong'));
    expect(guesses).to.deep.equal(all(401, 100));
    refused(await logIn(email, address()));
    expect((await logIn(email, home)).status).to.equal(200);
  });

  it('When the guesses come from many IPv6 addresses of one network, then they are one', async () => {
    const email = await user();
    const prefix = `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}`;
    const inside = () => `${prefix}:${randomBytes(2).toString('hex')}::${randomInt(1, 999)}`;
    expect(await times(10, () => logIn(email, inside(), 'wrong'))).to.deep.equal(all(401, 10));
    refused(await logIn(email, inside()));
  });

  it('When somebody claims to be another address, then what the proxy saw counts', async () => {
    const [email, ip] = [await user(), address()];
    const guess = () => logIn(email, ip, 'wrong', address());
    expect(await times(10, guess)).to.deep.equal(all(401, 10));
    refused(await logIn(email, ip, PASSWORD, address()));
  });

  it('When more sign in at once than can be looked at, then the rest is 503 at once', async () => {
    const email = await user();
    const answers = await Promise.all(Array.from({ length: 150 }, () => logIn(email, address())));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).to.deep.equal(new Set([200, 503]));
    for (const { status, headers, body } of answers)
      if (status === 503) {
        expect(body.code).to.equal('unavailable');
        expect(headers.get('retry-after')).to.match(/^\d+$/);
      }
  });

  it('When a password could not be looked at, then it does not count', async () => {
    const guesser = { email: await user(), ip: address() };
    const guess = (work: () => Promise<true>) =>
      throttled(api.deps.redis, guesser, work).catch((error: unknown) => error);
    const busy = () => guess(() => Promise.reject(new TooBusy()));
    for (let i = 0; i < 20; i++) expect(await busy()).to.be.instanceOf(TooBusy);
    expect(await guess(async () => true)).to.equal(true);
  });
});
