import { expect } from 'chai';
import type { SendFailure } from '../../channels/http.ts';
import { messenger } from '../../channels/messenger.ts';
import { GRAPH_API, META_TYPES, metaTypeOf } from '../../channels/meta.ts';
import { accepted, expectFailure, refusal, sendThrough } from '../support/graph.ts';

describe('meta: whose a delivery is', () => {
  const typeOf = (text: string) => metaTypeOf(Buffer.from(text));

  it('When the object is known, then so is the type, wherever in the body it stands', () => {
    const objects = {
      whatsapp_business_account: 'whatsapp',
      page: 'messenger',
      instagram: 'instagram',
    };
    for (const [object, type] of Object.entries(objects)) {
      expect(typeOf(`{"object":"${object}","entry":[]}`)).to.equal(type);
      expect(typeOf(` { "object" : "${object}" }`)).to.equal(type);
      expect(typeOf(`{"entry":[{"object":"page"}],"object":"${object}"}`)).to.equal(type);
      expect(typeOf(`{"\\u006fbject":"${object}"}`)).to.equal(type);
    }
    expect(META_TYPES).to.have.members(Object.values(objects));
  });

  it('When the object is none of these or the body none at all, then there is no type', () => {
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '"object"',
      '[]',
      '{}',
      '{"object":"user"}',
      '{"object":"constructor"}',
      '{"object":"__proto__"}',
      '{"object":7}',
      '{"entry":[{"object":"page"}]}',
      `{"object":"${'x'.repeat(200)}"}`,
    ])
      expect(typeOf(text), text).to.equal(undefined);
  });
});

describe('meta: what its refusals mean', () => {
  const credentials = {
    pageId: '1',
    appId: '2',
    appSecret: 's',
    verifyToken: 'v',
    accessToken: ['EAAG_new', 'EAAG_old'],
  };
  const failing = async (status: number, code: number, subcode?: number) =>
    (
      await sendThrough(
        messenger,
        credentials,
        { to: 'messenger:1', text: 'x' },
        refusal(status, code, subcode),
      )
    ).sent;

  it('When a code is known, then it decides, whatever the HTTP status says', async () => {
    const meanings: [SendFailure, number[]][] = [
      ['throttled', [4, 17, 32, 613, 80001, 80002, 80006, 80007, 130429, 131048, 131056]],
      ['credentials_refused', [0, 3, 190, 10, 200, 299]],
      ['provider_error', [1, 2]],
    ];
    for (const [failure, codes] of meanings)
      for (const code of codes)
        for (const status of [200, 400, 403, 500])
          expectFailure(await failing(status, code), { failure, providerCode: `${code}` });
  });

  it('When a code is not known, then the status decides, and a success is none', async () => {
    const codes: [number, SendFailure][] = [
      [200, 'rejected'],
      [400, 'rejected'],
      [404, 'rejected'],
      [401, 'credentials_refused'],
      [403, 'credentials_refused'],
      [429, 'throttled'],
      [500, 'provider_error'],
      [503, 'provider_error'],
    ];
    for (const [status, failure] of codes)
      expectFailure(await failing(status, 131_026), { failure });
  });

  it('When a permission has a subcode, then it is this message that may not be sent', async () => {
    for (const code of [10, 200, 230])
      for (const status of [400, 403])
        expectFailure(await failing(status, code, 2018278), {
          failure: 'rejected',
          retryable: false,
          providerCode: `${code}/2018278`,
        });
  });

  it('When the account’s id is strange, then it stays one part of the address; the first token is used', async () => {
    const answer = accepted({ message_id: 'm_1' });
    const strange = { ...credentials, pageId: '../1?x=2#3' };
    const { url } = await sendThrough(messenger, strange, { to: 'messenger:1', text: 'x' }, answer);
    expect(url).to.equal(`${GRAPH_API}/..%2F1%3Fx%3D2%233/messages`);
  });
});
