import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { MESSAGE_STATUSES, type ParsedEvent } from '../../models/event.ts';
import { delivery, type Headers } from './deliveries.ts';

export interface ChannelFixtures<Credentials> {
  credentials: Credentials;
  /** The headers that prove who sent the body, under the credentials' secret or another one. */
  prove(body: Buffer, now: number, secret?: string): Headers;
  /** The header among them that is the proof. */
  header: string;
  /** The same channel after a rotation has begun: `old` and `fresh` are good, `alone` has only `fresh`. */
  rotation: { both: Credentials; alone: Credentials };
  /** Credentials that hold no secret at all. */
  withoutSecret: Credentials[];
  /** True when the proof covers the body's bytes. */
  coversBody: boolean;
  /** True when the proof ages. */
  stamped: boolean;
  /** A delivery of several events, or of one where a provider sends no more, and their ids in order. */
  batch: { body: string; eventIds: string[] };
  /** A delivery of something that no version of this adapter knows. */
  unknownKind: { body: string; kind: ParsedEvent['kind'] };
  /** A good delivery with `value`, a piece of JSON, in a place where there is usually something else. */
  hostile(value: string): string[];
}

export const NOW = 1_749_416_400_000;
export const CONTEXT = { channelId: 'ch1', receivedAt: NOW };

/** For adapters that read without waiting and without their credentials. */
export const parseText = <C>(adapter: ChannelAdapter<C>, body: string | Buffer): ParsedEvent[] => {
  const events = adapter.parse(delivery(body), { ...CONTEXT, credentials: undefined as C });
  if (events instanceof Promise) throw new Error('this adapter answers later');
  return events;
};

/** What holds for every channel type. A new one is an adapter, its fixtures and one call of this. */
export function describeChannelContract<Credentials>(
  name: string,
  adapter: ChannelAdapter<Credentials>,
  fixtures: ChannelFixtures<Credentials>,
): void {
  const body = Buffer.from(fixtures.batch.body);
  const good = (headers: Headers = {}): Delivery =>
    delivery(body, { ...fixtures.prove(body, NOW), ...headers });
  const proof = fixtures.prove(body, NOW)[fixtures.header] ?? '';
  const verify = (given: Delivery, credentials = fixtures.credentials, now = NOW) =>
    adapter.verify(given, credentials, now);
  const withProof = (value: string | string[]): Delivery => {
    const given = good();
    given.headers[fixtures.header] = value;
    return given;
  };

  describe(`${name}: what holds for every channel`, () => {
    it('When the proof is right, then the delivery is let in', () => {
      expect(verify(good())).to.equal(true);
    });

    it('When the proof is missing or empty, then the delivery is refused', () => {
      expect(verify(delivery(body))).to.equal(false);
      expect(verify(withProof(''))).to.equal(false);
    });

    it('When the proof is wrong in any one character, then the delivery is refused', () => {
      for (let i = 0; i < proof.length; i++) {
        const other = proof[i] === 'A' ? 'B' : 'A';
        // The scheme `Bearer` may be written in any case.
        if (proof[i]?.toLowerCase() === other.toLowerCase()) continue;
        const wrong = proof.slice(0, i) + other + proof.slice(i + 1);
        expect(verify(withProof(wrong)), wrong).to.equal(false);
      }
    });

    it('When the proof is too short or too long, then the delivery is refused', () => {
      for (let cut = 1; cut < proof.length; cut++) {
        expect(verify(withProof(proof.slice(0, cut))), `first ${cut}`).to.equal(false);
        expect(verify(withProof(proof.slice(cut))), `without the first ${cut}`).to.equal(false);
      }
      for (const tail of ['0', 'a', '=', '\u0000', proof]) {
        expect(verify(withProof(proof + tail)), `with ${tail}`).to.equal(false);
        expect(verify(withProof(tail + proof)), `after ${tail}`).to.equal(false);
      }
    });

    it('When the header came twice, then the delivery is refused', () => {
      expect(verify(withProof(`${proof}, ${proof}`))).to.equal(false);
      expect(verify(withProof(`${proof},${proof}`))).to.equal(false);
      expect(verify(withProof([proof, proof]))).to.equal(false);
      expect(verify(withProof([proof]))).to.equal(false);
    });

    it('When no secret is configured, then nothing is let in', () => {
      for (const credentials of fixtures.withoutSecret) {
        expect(verify(good(), credentials)).to.equal(false);
        expect(verify(withProof(''), credentials)).to.equal(false);
        expect(verify(delivery(body), credentials)).to.equal(false);
        const forged = delivery(body, fixtures.prove(body, NOW, ''));
        expect(verify(forged, credentials), 'signed with nothing').to.equal(false);
      }
    });

    it('When a secret is rotated, then the old one is good until it is taken away', () => {
      expect(verify(good(), fixtures.rotation.both)).to.equal(true);
      expect(verify(good(), fixtures.rotation.alone)).to.equal(false);
    });

    if (fixtures.coversBody) {
      it('When one byte of the body was changed, then the delivery is refused', () => {
        for (const at of [0, body.length >> 1, body.length - 1]) {
          const changed = Buffer.from(body);
          changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
          expect(verify({ ...good(), body: changed })).to.equal(false);
        }
        expect(verify({ ...good(), body: Buffer.concat([body, Buffer.from(' ')]) })).to.equal(
          false,
        );
        expect(verify({ ...good(), body: Buffer.alloc(0) })).to.equal(false);
      });

      it('When the body is not UTF-8, then its bytes are what counts', () => {
        const one = Buffer.from([0xff, 0x00, 0x80]);
        const other = Buffer.from([0xfe, 0x00, 0x80]);
        expect(verify(delivery(one, fixtures.prove(one, NOW)))).to.equal(true);
        expect(verify(delivery(other, fixtures.prove(one, NOW)))).to.equal(false);
      });
    }

    if (fixtures.stamped) {
      it('When the proof is older or newer than five minutes, then the delivery is refused', () => {
        const minutes = 60_000;
        expect(verify(good(), fixtures.credentials, NOW + 5 * minutes)).to.equal(true);
        expect(verify(good(), fixtures.credentials, NOW - 5 * minutes)).to.equal(true);
        expect(verify(good(), fixtures.credentials, NOW + 5 * minutes + 1000)).to.equal(false);
        expect(verify(good(), fixtures.credentials, NOW - 5 * minutes - 1000)).to.equal(false);
      });
    }

    it('When the body is empty or not JSON, then it is one invalid event', () => {
      for (const text of [
        '',
        ' ',
        '{',
        '{"a":1}{',
        'a=1&b=2',
        '<xml/>',
        '\u0000',
        'undefined',
        "{'a':1}",
      ]) {
        expect(parseText(adapter, text), text).to.deep.equal([
          { kind: 'invalid', reason: 'not_json' },
        ]);
      }
      const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
      expect(parseText(adapter, bytes)).to.deep.equal([{ kind: 'invalid', reason: 'not_json' }]);
    });

    it('When the body is JSON but no delivery, then it is one invalid event', () => {
      for (const text of [
        'null',
        'true',
        '1',
        '1e999',
        '""',
        '"text"',
        '[]',
        '[{}]',
        '{}',
        '{"a":1}',
      ]) {
        expect(parseText(adapter, text), text).to.deep.equal([
          { kind: 'invalid', reason: 'bad_envelope' },
        ]);
      }
    });

    it('When a byte order mark or blanks surround the body, then it is read all the same', () => {
      const plain = parseText(adapter, body);
      expect(parseText(adapter, `\ufeff${fixtures.batch.body}`)).to.deep.equal(plain);
      expect(parseText(adapter, `\r\n ${fixtures.batch.body}\n`)).to.deep.equal(plain);
    });

    it('When a delivery holds several events, then all come out in their order', () => {
      const events = parseText(adapter, body);
      expect(
        events.map((event) => ('eventId' in event ? event.eventId : event.reason)),
      ).to.deep.equal(fixtures.batch.eventIds);
      checkAll(events);
    });

    it('When the same bytes come again, then their events have the same ids', () => {
      expect(parseText(adapter, body)).to.deep.equal(parseText(adapter, body));
    });

    it('When something unknown comes, then it has an outcome of its own', () => {
      const events = parseText(adapter, fixtures.unknownKind.body);
      expect(events.map(({ kind }) => kind)).to.deep.equal([fixtures.unknownKind.kind]);
      checkAll(events);
    });

    it('When the JSON is hostile, then nothing throws and every event is whole', () => {
      const deep = '['.repeat(10_000) + ']'.repeat(10_000);
      const deepObject = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
      const values = [
        deep,
        deepObject,
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
      for (const value of values) {
        for (const text of fixtures.hostile(value)) checkAll(parseText(adapter, text));
      }
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });

    it('When whatever bytes come, then neither verify nor parse throws', () => {
      const headerValue = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.array(fc.string()),
        fc.constant(proof),
        fc.constant(undefined),
      );
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
        fc.constant(body),
      );
      fc.assert(
        fc.property(
          bytes,
          fc.dictionary(fc.string(), headerValue),
          headerValue,
          (raw, headers, value) => {
            const given = delivery(Buffer.from(raw));
            given.headers = { ...fixtures.prove(body, NOW), ...headers, [fixtures.header]: value };
            const isProof = value === proof && (!fixtures.coversBody || body.equals(raw));
            const verified = adapter.verify(given, fixtures.credentials, NOW);
            if (!isProof) expect(verified).to.equal(false);
            checkAll(
              adapter.parse(given, {
                ...CONTEXT,
                credentials: fixtures.credentials,
              }) as ParsedEvent[],
            );
          },
        ),
        { numRuns: 300 },
      );
    });

    it('When any one part of a good body is replaced, then nothing throws and every event is whole', () => {
      const whole: unknown = JSON.parse(fixtures.batch.body);
      const paths = pathsOf(whole);
      fc.assert(
        fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (path, value) => {
          checkAll(parseText(adapter, JSON.stringify(replaced(whole, path, value))));
        }),
        { numRuns: 500 },
      );
    });

    it('When credentials are not of their shape, then they are refused with the name of the field', () => {
      const known = fixtures.credentials as Record<string, unknown>;
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
}

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
  const longest = event.kind === 'status' ? 600 : 512;
  if (event.eventId.length < 1 || event.eventId.length > longest) throw new Error('no event id');
  if (!Number.isSafeInteger(event.at) || event.at < 0) throw new Error('no time');
  if (event.kind === 'status') {
    if (!MESSAGE_STATUSES.includes(event.status)) throw new Error('no status');
    return;
  }
  if (event.kind === 'deletion') return;
  if (event.identities.length === 0) throw new Error('no identity');
  for (const urn of event.identities) {
    if (!/^[a-z]+:[^\s\p{C}]+$/u.test(urn)) throw new Error('no URN');
  }
  if (event.kind === 'watermark') return;
  if (typeof event.content.type !== 'string') throw new Error('no content');
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
