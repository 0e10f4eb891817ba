import { expect } from 'chai';
import { SendError, type SendFailure } from '../../../channels/http.ts';
import { Tokens } from '../../../workers/outgoing/tokens.ts';
import { gate } from '../../support/stores.ts';

describe('Access tokens', () => {
  let now: number;
  let tokens: Tokens;
  let asked: number;
  beforeEach(() => {
    now = 1_000_000;
    asked = 0;
    tokens = new Tokens(() => now);
  });

  const make = async () => {
    asked += 1;
    return { value: `token ${asked}`, ttlSeconds: 100 };
  };
  const token = (owner = 'channel', name = 'access', how = make) =>
    tokens.during(owner, (remember) => remember(name, how));
  const failing = (failure: SendFailure) => async (): Promise<never> => {
    asked += 1;
    throw new SendError(failure);
  };
  const failureOf = (promise: Promise<unknown>): Promise<SendFailure | undefined> =>
    promise.then(
      () => undefined,
      (error) => (error instanceof SendError ? error.failure : undefined),
    );

  it('When a token is there, then it is used until shortly before it ends', async () => {
    expect(await token()).to.equal('token 1');
    now += 89_000;
    expect(await token()).to.equal('token 1');
    now += 2_000;
    expect(await token()).to.equal('token 2');
  });

  it('When channels or names differ, then each has its own', async () => {
    expect([await token('a', 'x'), await token('b', 'x'), await token('a', 'y')]).to.deep.equal([
      'token 1',
      'token 2',
      'token 3',
    ]);
  });

  it('When many need one at the same time, then it is asked for once', async () => {
    const { opened, open } = gate();
    const slow = async () => {
      await opened;
      return await make();
    };
    const all = Promise.all(Array.from({ length: 20 }, () => token('channel', 'access', slow)));
    open();
    expect(new Set(await all)).to.deep.equal(new Set(['token 1']));
    expect(asked).to.equal(1);
  });

  it('When it cannot be had, then everybody hears so and the next one asks again', async () => {
    const both = ['channel', 'channel'].map((owner) =>
      failureOf(token(owner, 'access', failing('throttled'))),
    );
    expect(await Promise.all(both)).to.deep.equal(['throttled', 'throttled']);
    expect(asked).to.equal(1);
    expect(await token()).to.equal('token 2');
    const broken = () => {
      throw new TypeError('a bug');
    };
    await tokens.during('other', (remember) => remember('x', broken)).catch(() => {});
    expect(await token('other', 'x')).to.equal('token 3');
  });

  it('When whoever asks for it is stopped by something of its own, then the others ask themselves', async () => {
    const { opened, open } = gate();
    const stopped = async (): Promise<never> => {
      await opened;
      throw new Error('its contact is blocked');
    };
    const first = token('channel', 'access', stopped).catch((error: Error) => error.message);
    const others = Array.from({ length: 5 }, () => token());
    open();
    expect(await first).to.equal('its contact is blocked');
    expect(new Set(await Promise.all(others))).to.deep.equal(new Set(['token 1']));
  });

  it('When no answer came to the question, then it may be asked again: no message was in it', async () => {
    expect(await failureOf(token('channel', 'access', failing('no_answer')))).to.equal(
      'unreachable',
    );
  });

  describe('Refused ones', () => {
    const sendWith =
      (good: string, attempts: string[] = []) =>
      async (remember: Parameters<Parameters<Tokens['during']>[1]>[0]) => {
        const given = await remember('access', make);
        attempts.push(given);
        if (given !== good) throw new SendError('credentials_refused');
        return given;
      };

    it('When the provider refuses a token, then it is tried once more with a new one', async () => {
      await token();
      const attempts: string[] = [];
      expect(await tokens.during('channel', sendWith('token 2', attempts))).to.equal('token 2');
      expect(attempts).to.deep.equal(['token 1', 'token 2']);
      expect(await token()).to.equal('token 2');
    });

    it('When it refuses the new one too, then that is all', async () => {
      const attempts: string[] = [];
      const sent = tokens.during('channel', sendWith('none', attempts));
      expect(await failureOf(sent)).to.equal('credentials_refused');
      expect(attempts).to.deep.equal(['token 1', 'token 2']);
    });

    it('When many are refused at the same time, then one new token is enough', async () => {
      await token();
      const all = Array.from({ length: 20 }, () => tokens.during('channel', sendWith('token 2')));
      expect(new Set(await Promise.all(all))).to.deep.equal(new Set(['token 2']));
      expect(asked).to.equal(2);
    });

    it('When no token was used, or it failed of something else, then nothing is repeated', async () => {
      for (const failure of ['credentials_refused', 'rejected'] as const) {
        let attempts = 0;
        const sent = tokens.during('channel', async (remember) => {
          attempts += 1;
          if (failure === 'rejected') await remember('access', make);
          throw new SendError(failure);
        });
        expect(await failureOf(sent)).to.equal(failure);
        expect(attempts).to.equal(1);
      }
    });
  });
});
