import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { isStored } from '../../gateway/ingest/arrival.ts';
import { createScreen } from '../../gateway/ingest/screen.ts';
import type { Blocklist } from '../../models/block/blocklist.ts';
import {
  type Edit,
  type InboundMessage,
  MESSAGE_STATUSES,
  type ParsedEvent,
  type StoredEvent,
} from '../../models/delivery/event.ts';
import { delivery } from './deliveries.ts';
import type { Proof } from './proof.ts';
import { describeSending, type SendFixtures } from './send-contract.ts';

export { headerProof, type Proof, queryProof } from './proof.ts';

export interface ChannelFixtures<Credentials> {
  credentials: Credentials;
  /**
   * A whole delivery of this body that proves who sent it, under the credentials' secret or another
   * one: headers, address and query, and the body itself where it is encrypted or carries the proof.
   */
  sign(body: Buffer, now: number, secret?: string): Delivery;
  proof: Proof;
  /** The same channel after a rotation has begun: `both` secrets are good, `alone` has only the new one. */
  rotation: { both: Credentials; alone: Credentials };
  /** Credentials that hold no secret at all. */
  withoutSecret: Credentials[];
  /** True when the proof covers the whole body. */
  coversBody: boolean;
  /** True when the proof ages: five minutes, both ways. */
  stamped: boolean;
  /**
   * Bodies that cannot be read at all, and ones that can but are no delivery, with the reason of the
   * one `invalid` event that each is. They are read as they are, unsigned. {@link jsonFaults} for JSON.
   */
  faults: { body: string | Buffer; reason: string }[];
  /** A delivery of several events, or of one where a provider sends no more: their ids or reasons in order. */
  batch: { body: string | Buffer; eventIds: string[] };
  /** A delivery of something that no version of this adapter knows. */
  unknownKind: { body: string; kind: ParsedEvent['kind'] };
  /** Good bodies with `value`, a piece of JSON, in a place where there is usually something else. */
  hostile(value: string): string[];
  /** The provider's own test event or ping, and the ids or reasons of its events. */
  testEvent?: { delivery: Delivery; events: string[] };
  /** Left out by the further calls of a type whose deliveries come in several forms. */
  send?: SendFixtures;
  /** Tokens that `remember` gives instead of asking for them. */
  tokens?: Record<string, string>;
}

export const NOW = 1_749_416_400_000;
export const CONTEXT = { channelId: 'ch1', receivedAt: NOW };

const MINUTES = 60_000;

const NOT_JSON = [
  '',
  ' ',
  '{',
  '{"a":1}{',
  'a=1&b=2',
  '<xml/>',
  '\u0000',
  'undefined',
  "{'a':1}",
  Buffer.from([0xff, 0xfe, 0x00, 0x80]),
];
const NO_DELIVERY = ['null', 'true', '1', '1e999', '""', '"text"', '[]', '[{}]', '{}', '{"a":1}'];

/** The faults of every type whose deliveries are a JSON object. */
export const jsonFaults: { body: string | Buffer; reason: string }[] = [
  ...NOT_JSON.map((body) => ({ body, reason: 'not_json' })),
  ...NO_DELIVERY.map((body) => ({ body, reason: 'bad_envelope' })),
];

/** For adapters that read without waiting and without their credentials. */
export const parseText = <C>(adapter: ChannelAdapter<C>, body: string | Buffer): ParsedEvent[] => {
  const events = adapter.parse(delivery(body), { ...CONTEXT, credentials: undefined as C });
  if (events instanceof Promise) throw new Error('this adapter answers later');
  return events;
};

const isWritten = (event: StoredEvent): event is InboundMessage | Edit =>
  event.kind === 'message' || event.kind === 'edit';

/** The screening of the gateway, in front of these blocked identities. */
const screenFor = (blocked: Set<string>) =>
  createScreen({
    blockedAmong: async (_workspaceId: string, senders: string[]) =>
      new Set(senders.filter((urn) => blocked.has(urn))),
  } as Blocklist);

/** What holds for every channel type. A new one is an adapter, its fixtures and one call of this. */
export function describeChannelContract<Credentials>(
  name: string,
  adapter: ChannelAdapter<Credentials>,
  fixtures: ChannelFixtures<Credentials>,
): void {
  const { credentials, proof } = fixtures;
  const body = Buffer.from(fixtures.batch.body as string);
  const sign = (text: string | Buffer) => fixtures.sign(Buffer.from(text as string), NOW);
  const good = () => sign(body);
  const right = proof.read(good());
  const withProof = (value: string | undefined) => proof.write(good(), value);

  const verify = async (given: Delivery, secrets = credentials, now = NOW): Promise<boolean> =>
    adapter.verify(given, secrets, now);
  const isRefused = async (given: Delivery, what?: string, secrets = credentials, now = NOW) =>
    expect(await verify(given, secrets, now), what).to.equal(false);
  const isLetIn = async (given: Delivery, secrets = credentials, now = NOW) =>
    expect(await verify(given, secrets, now)).to.equal(true);
  const parse = async (given: Delivery): Promise<ParsedEvent[]> =>
    adapter.parse(given, { ...CONTEXT, credentials });
  const parseWhole = async (given: Delivery): Promise<ParsedEvent[]> => {
    const events = await parse(given);
    checkAll(events);
    return events;
  };

  describe(`${name}: who is let in, as at every channel`, () => {
    it('When the proof is right, then the delivery is let in', async () => {
      await isLetIn(good());
    });

    it('When the proof is missing or empty, then the delivery is refused', async () => {
      await isRefused(delivery(body));
      await isRefused(withProof(undefined));
      await isRefused(withProof(''));
    });

    it('When the proof is wrong in any one character, then the delivery is refused', async () => {
      for (let i = 0; i < right.length; i++) {
        // Another letter, whatever its case, and another number in base64, also where its last bits
        // are not used.
        const other = /[aA-P]/.test(right.charAt(i)) ? 'Q' : 'A';
        const wrong = right.slice(0, i) + other + right.slice(i + 1);
        await isRefused(withProof(wrong), wrong);
      }
    });

    it('When the proof is too short or too long, then the delivery is refused', async () => {
      for (let cut = 1; cut < right.length; cut++) {
        await isRefused(withProof(right.slice(0, cut)), `first ${cut}`);
        await isRefused(withProof(right.slice(cut)), `without the first ${cut}`);
      }
      for (const tail of ['0', 'a', '=', '\u0000', right]) {
        await isRefused(withProof(right + tail), `with ${tail}`);
        await isRefused(withProof(tail + right), `after ${tail}`);
      }
    });

    const { header } = proof;
    if (header !== undefined) {
      it('When the header came twice, then the delivery is refused', async () => {
        for (const twice of [`${right}, ${right}`, `${right},${right}`, [right, right], [right]]) {
          const given = good();
          given.headers[header] = twice;
          await isRefused(given);
        }
      });
    }

    it('When no secret is configured, then nothing is let in', async () => {
      for (const secrets of fixtures.withoutSecret) {
        await isRefused(good(), undefined, secrets);
        await isRefused(withProof(''), undefined, secrets);
        await isRefused(withProof(undefined), undefined, secrets);
        await isRefused(fixtures.sign(body, NOW, ''), 'signed with nothing', secrets);
      }
    });

    it('When a secret is rotated, then the old one is good until it is taken away', async () => {
      await isLetIn(good(), fixtures.rotation.both);
      await isRefused(good(), undefined, fixtures.rotation.alone);
    });

    if (fixtures.coversBody) {
      it('When one byte of the body was changed, then the delivery is refused', async () => {
        const signed = good();
        const { length } = signed.body;
        for (const at of [0, length >> 1, length - 1]) {
          const changed = Buffer.from(signed.body);
          changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
          await isRefused({ ...signed, body: changed }, `byte ${at}`);
        }
        await isRefused({ ...signed, body: Buffer.concat([signed.body, Buffer.from(' ')]) });
        await isRefused({ ...signed, body: Buffer.alloc(0) });
      });
    }

    // Where the values of a form are signed, they are text.
    if (fixtures.coversBody && !isForm(good())) {
      it('When the body is not UTF-8, then its bytes are what counts', async () => {
        const signed = sign(Buffer.from([0xff, 0x00, 0x80]));
        await isLetIn(signed);
        await isRefused({ ...signed, body: Buffer.from([0xfe, 0x00, 0x80]) });
      });
    }

    if (fixtures.stamped) {
      it('When the proof is older or newer than five minutes, then the delivery is refused', async () => {
        await isLetIn(good(), credentials, NOW + 5 * MINUTES);
        await isLetIn(good(), credentials, NOW - 5 * MINUTES);
        await isRefused(good(), 'stale', credentials, NOW + 5 * MINUTES + 1000);
        await isRefused(good(), 'from the future', credentials, NOW - 5 * MINUTES - 1000);
      });
    }

    it('When credentials are not of their shape, then they are refused with the name of the field', () => {
      const known = credentials as Record<string, unknown>;
      const faults = (given: unknown) =>
        adapter.credentials.safeParse(given).error?.issues.map(({ path }) => path.join('.')) ?? [];
      expect(faults(known)).to.deep.equal([]);
      expect(faults(fixtures.rotation.both)).to.deep.equal([]);
      expect(faults({ ...known, apiBaseUrl: 'http://127.0.0.1:9/api' })).to.deep.equal([]);
      expect(faults({ ...known, apiBaseUrl: 'javascript:alert(1)' })).to.deep.equal(['apiBaseUrl']);
      expect(faults({ ...known, unheardOf: 1 })).to.have.length(1);
      for (const field of Object.keys(known)) {
        for (const value of ['', [], [''], 1, null, {}]) {
          expect(
            faults({ ...known, [field]: value })[0],
            `${field}: ${JSON.stringify(value)}`,
          ).to.match(new RegExp(`^${field}`));
        }
      }
    });
  });

  describe(`${name}: what is read, as at every channel`, () => {
    it('When the body cannot be read or is no delivery, then it is one invalid event', async () => {
      for (const { body, reason } of fixtures.faults) {
        const given = { ...good(), body: Buffer.from(body as string) };
        expect(await parse(given), String(body)).to.deep.equal([{ kind: 'invalid', reason }]);
      }
      await parseWhole({ ...good(), body: Buffer.alloc(0) });
    });

    if (isJson(body)) {
      it('When a byte order mark or blanks surround the body, then it is read all the same', async () => {
        const plain = await parse(good());
        expect(await parse(sign(`\ufeff${body}`))).to.deep.equal(plain);
        expect(await parse(sign(`\r\n ${body}\n`))).to.deep.equal(plain);
      });
    }

    it('When a delivery holds several events, then all come out in their order', async () => {
      const events = await parseWhole(good());
      expect(events.map(nameOf)).to.deep.equal(fixtures.batch.eventIds);
    });

    it('When the same bytes come again, then their events have the same ids', async () => {
      const given = good();
      expect(await parse(given)).to.deep.equal(await parse(given));
    });

    it('When a sender in the middle of a delivery is blocked, then only what that one wrote is refused', async () => {
      const events = (await parse(good())).filter(isStored);
      const written = events.filter(isWritten);
      const blocked = new Set(written[written.length >> 1]?.identities);
      const isTheirs = (event: StoredEvent) =>
        isWritten(event) && event.identities.some((urn) => blocked.has(urn));
      const { admitted, refused } = await screenFor(blocked)([
        { workspaceId: 'w', channelId: 'ch1', receivedAt: NOW, events },
      ]);
      expect(refused).to.have.length(events.filter(isTheirs).length);
      expect(admitted.flatMap(({ events }) => events)).to.deep.equal(
        events.filter((event) => !isTheirs(event)),
      );
    });

    it('When something unknown comes, then it has an outcome of its own', async () => {
      const events = await parseWhole(sign(fixtures.unknownKind.body));
      expect(events.map(({ kind }) => kind)).to.deep.equal([fixtures.unknownKind.kind]);
    });

    const { testEvent } = fixtures;
    if (testEvent) {
      it("When the provider's test event comes, then it is let in and read", async () => {
        await isLetIn(testEvent.delivery);
        const events = await parseWhole(testEvent.delivery);
        expect(events.map(nameOf)).to.deep.equal(testEvent.events);
      });
    }

    it('When values are hostile, then nothing throws and every event is whole', async () => {
      for (const value of HOSTILE_VALUES) {
        for (const text of fixtures.hostile(value)) await parseWhole(sign(text));
      }
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });

    it('When any one part of a good body is replaced, then nothing throws and every event is whole', async () => {
      const replacedBody = isJson(body) ? replacedValue(body) : replacedSlice(body);
      await fc.assert(
        fc.asyncProperty(replacedBody, async (other) => {
          await parseWhole(sign(other));
        }),
        { numRuns: 500 },
      );
    });

    it('When whatever proof comes, then nothing throws and only the right one is let in', async () => {
      const value = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.nat(right.length).map((cut) => right.slice(cut)),
        fc.constant(right),
        fc.constant(undefined),
      );
      await fc.assert(
        fc.asyncProperty(value, fc.constantFrom('GET', 'POST'), async (given, method) => {
          const proved = { ...withProof(given), method } as Delivery;
          if (given === right) return;
          await isRefused(proved);
          expect(adapter.challenge?.(proved, credentials, NOW)).to.equal(undefined);
        }),
        { numRuns: 300 },
      );
    });

    it('When whatever bytes, headers and query come, then nothing throws', async () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
        fc.constant(good().body),
      );
      const headerValue = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.array(fc.string()),
        fc.constant(undefined),
      );
      const names = fc.oneof(fc.string(), fc.constantFrom(...Object.keys(good().headers)));
      const fields = fc.oneof(fc.string(), fc.constantFrom('', ...good().query.keys()));
      await fc.assert(
        fc.asyncProperty(
          bytes,
          fc.dictionary(names, headerValue),
          fc.dictionary(fields, fc.string()),
          fc.constantFrom('GET', 'POST'),
          async (raw, headers, query, method) => {
            const signed = good();
            const url = new URL(signed.url);
            for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
            const given = {
              method,
              url: url.href,
              query: url.searchParams,
              headers: { ...signed.headers, ...headers },
              body: Buffer.from(raw),
            } as Delivery;
            const letIn = await verify(given);
            if (fixtures.coversBody && !signed.body.equals(raw)) expect(letIn).to.equal(false);
            expect(adapter.challenge?.(given, credentials, NOW)?.status).to.be.oneOf([
              undefined,
              200,
            ]);
            await parseWhole(given);
          },
        ),
        { numRuns: 300 },
      );
    });
  });

  if (fixtures.send) {
    const { send, tokens = {} } = fixtures;
    describeSending(name, adapter, { send, tokens, credentials, context: CONTEXT, now: NOW });
  }
}

const nameOf = (event: ParsedEvent): string => ('eventId' in event ? event.eventId : event.reason);

const isForm = ({ headers }: Delivery): boolean =>
  String(headers['content-type']).startsWith('application/x-www-form-urlencoded');

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString());
    return true;
  } catch {
    return false;
  }
}

const HOSTILE_VALUES = [
  '['.repeat(10_000) + ']'.repeat(10_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null,"toString":1,"hasOwnProperty":1,"then":1}',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"\\ud800"',
  '"\\u0000"',
  '1e308',
  '-1',
  '0.5',
  'null',
  'true',
  '{}',
  '[[]]',
  `[${'0,'.repeat(20_000)}0]`,
  `[${'{},'.repeat(20_000)}{}]`,
  `"${'x'.repeat(20_000)}"`,
];

// Events

/** Every event is whole, plain JSON and small where it is made of what the sender chose. */
function checkAll(events: ParsedEvent[]): void {
  expect(events).to.be.an('array').that.is.not.empty;
  for (const event of events) checkEvent(event);
  // They travel inside jobs.
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(events)), events)) throw new Error('not JSON');
}

function checkEvent(event: ParsedEvent): void {
  if ('reason' in event) {
    if (!/^[a-z_]{1,30}$/.test(event.reason)) throw new Error('a reason is a fixed word');
    return;
  }
  const ofItsOwn = event.kind === 'message' || event.kind === 'echo';
  checkId(event.eventId, ofItsOwn ? 512 : 600);
  checkTime(event.at);
  if ('messageId' in event && event.messageId !== undefined) checkId(event.messageId);
  if ('status' in event && !MESSAGE_STATUSES.includes(event.status)) throw new Error('no status');
  if (event.kind === 'watermark') checkTime(event.until);
  if ('identities' in event) {
    if (event.identities.length === 0) throw new Error('no identity');
    event.identities.forEach(checkUrn);
  }
  if ('group' in event && event.group) checkUrn(event.group.identity);
  if ('content' in event) {
    if (typeof event.content.type !== 'string') throw new Error('no content');
    if (event.content.replyTo !== undefined) checkId(event.content.replyTo);
  }
}

function checkId(id: string, longest = 512): void {
  if (typeof id !== 'string' || id === '' || id.length > longest) throw new Error('no id');
}

function checkTime(at: number): void {
  if (!Number.isSafeInteger(at) || at < 0) throw new Error('no time');
}

function checkUrn(urn: string): void {
  if (!/^[a-z]+:[^\s\p{C}]+$/u.test(urn)) throw new Error('no URN');
}

// Bodies with a fault

/** Any one value of a JSON body is another. */
function replacedValue(body: Buffer): fc.Arbitrary<string> {
  const whole: unknown = JSON.parse(body.toString());
  return fc
    .tuple(fc.constantFrom(...pathsOf(whole)), fc.jsonValue({ maxDepth: 3 }))
    .map(([path, value]) => JSON.stringify(replaced(whole, path, value)));
}

/** Any one piece of a body that is not JSON is another, or gone. */
function replacedSlice(body: Buffer): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.nat(body.length), fc.nat(50), fc.oneof(fc.string(), fc.string({ unit: 'binary' })))
    .map(([at, length, by]) =>
      Buffer.concat([body.subarray(0, at), Buffer.from(by), body.subarray(at + length)]),
    );
}

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const inner = replaced((value as Record<string | number, unknown>)[key], rest, by);
  if (!Array.isArray(value)) return { ...(value as object), [key]: inner };
  return value.map((item, index) => (index === key ? inner : item));
}
