import { expect } from 'chai';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type WeChatCredentials, wechat } from '../../channels/wechat.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import { CONTEXT, describeChannelContract, NOW, queryProof } from '../support/channel-contract.ts';
import {
  delivery,
  wechatEnvelope as envelope,
  wechatMessage as messageXml,
  type WeChatSealing,
  wechatQuery,
  wechatSeal,
  wechatXml as xml,
} from '../support/deliveries.ts';

const TOKEN = 'weixin_token';
const APP_ID = 'wx1234567890abcdef';
const KEY = Buffer.alloc(32, 9).toString('base64').slice(0, 43);
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64').slice(0, 43);

const plain: WeChatCredentials = { appId: APP_ID, appSecret: 'app_secret_1', token: TOKEN };
const safe: WeChatCredentials = { ...plain, encodingAesKey: KEY };

interface Query {
  timestamp?: string;
  nonce?: string;
  token?: string;
}
const proofOf = ({
  timestamp = String(NOW / 1000),
  nonce = '486452656',
  token = TOKEN,
}: Query) => ({
  timestamp,
  nonce,
  token,
});

const at = (body: string | Buffer, query: Record<string, string>): Delivery =>
  delivery(
    body,
    { 'content-type': 'text/xml' },
    `http://localhost:8080/webhooks/wechat/ch1?${new URLSearchParams(query)}`,
  );
const inClear = (body: string | Buffer, query: Query = {}): Delivery =>
  at(body, { ...wechatQuery(proofOf(query)), openid: 'oOpenId_1' });

const seal = (message: string | Buffer, given: Partial<WeChatSealing> = {}): string =>
  wechatSeal(message, { key: KEY, appId: APP_ID, ...given });
const sealedDelivery = (sealed: string, query: Query = {}, body = envelope(sealed)): Delivery =>
  at(body, wechatQuery(proofOf(query), sealed));

const cdata = (value: string) => `<![CDATA[${value}]]>`;
const eventXml = (event: string, fields: Record<string, string> = {}): string =>
  xml({
    ToUserName: cdata('gh_1'),
    FromUserName: cdata('oOpenId_1'),
    CreateTime: '1348831860',
    MsgType: cdata('event'),
    Event: cdata(event),
    ...fields,
  });

const parseDelivery = (given: Delivery, credentials = plain): ParsedEvent => {
  const [event, ...others] = wechat.parse(given, { ...CONTEXT, credentials }) as ParsedEvent[];
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const parse = (body: string) => parseDelivery(inClear(body));
const contentOf = (fields: Record<string, string>) => {
  const event = parse(messageXml(fields));
  return event.kind === 'message' ? event.content : event;
};
const invalid = (reason: string) => ({ kind: 'invalid', reason });
const ignored = (reason: string) => ({ kind: 'ignored', reason });

const answered = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});
const refusal = (errcode: number) => answered({ errcode, errmsg: 'not today rid: 1' });

const NOT_XML = ['', ' ', '{', '{"a":1}', 'a=1&b=2', 'text', '\u0000', '<xml>', '<xml></a>', '<'];

const shared = {
  coversBody: false,
  stamped: true,
  batch: { body: messageXml(), eventIds: ['1234567890123456789'] },
  unknownKind: { body: messageXml({ MsgType: cdata('hologram') }), kind: 'message' as const },
  hostile: (value: string) => [
    value,
    `<xml>${value}</xml>`,
    ...['FromUserName', 'CreateTime', 'MsgType', 'MsgId', 'Content', 'Event'].flatMap((name) => [
      messageXml({ [name]: value }),
      messageXml({ [name]: cdata(value) }),
      messageXml({ [name]: `<a>${value}</a>` }),
      eventXml('CLICK', { [name]: value }),
    ]),
    ...['MediaId', 'PicUrl', 'Format', 'Recognition'].map((name) =>
      messageXml({ MsgType: 'voice', MediaId: 'M', [name]: value }),
    ),
    ...['Location_X', 'Location_Y', 'Label'].map((name) =>
      messageXml({ MsgType: 'location', Location_X: '1', Location_Y: '2', [name]: value }),
    ),
    messageXml({ __proto__x: value, constructor: value, toString: value }),
    `<xml><__proto__>${value}</__proto__></xml>`,
    eventXml('CLICK', { EventKey: value }),
  ],
  send: {
    message: { to: `wechat:${APP_ID}/oOpenId_1`, text: '早上好', key: 'key_12345' },
    request: {
      url: 'https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=token_1',
      headers: { 'content-type': 'application/json' },
      body: { touser: 'oOpenId_1', msgtype: 'text', text: { content: '早上好' } },
    },
    accepted: { response: answered({ errcode: 0, errmsg: 'ok' }), messageId: 'key_12345' },
    refused: [
      { response: refusal(-1), failure: 'provider_error' as const },
      { response: refusal(40001), failure: 'credentials_refused' as const },
      { response: refusal(40014), failure: 'credentials_refused' as const },
      { response: refusal(42001), failure: 'credentials_refused' as const },
      { response: refusal(48001), failure: 'credentials_refused' as const },
      { response: refusal(45009), failure: 'throttled' as const },
      { response: refusal(45011), failure: 'throttled' as const },
      { response: refusal(45015), failure: 'rejected' as const },
      { response: refusal(45047), failure: 'rejected' as const },
      { response: refusal(40003), failure: 'rejected' as const },
    ],
  },
  tokens: { access_token: 'token_1' },
};

const withoutToken = (credentials: WeChatCredentials): WeChatCredentials[] => [
  { ...credentials, token: '' },
  { ...credentials, token: [] },
  { ...credentials, token: [''] },
  { ...credentials, token: undefined as never },
];

describeChannelContract('wechat in plain mode', wechat, {
  ...shared,
  credentials: plain,
  sign: (body, now, token = TOKEN) => inClear(body, { timestamp: String(now / 1000), token }),
  proof: queryProof('signature'),
  rotation: {
    both: { ...plain, token: ['weixin_token_2', TOKEN] },
    alone: { ...plain, token: ['weixin_token_2'] },
  },
  withoutSecret: withoutToken(plain),
  faults: [
    ...NOT_XML.map((body) => ({ body, reason: 'not_xml' })),
    ...['<xml/>', '<xml></xml>', '<xml>text</xml>', '<a><b>1</b></a>', xml({ a: '1' })].map(
      (body) => ({ body, reason: 'bad_envelope' }),
    ),
    { body: '<!DOCTYPE x><xml><a>1</a></xml>', reason: 'doctype' },
    { body: envelope(seal(messageXml())), reason: 'sealed' },
  ],
});

describeChannelContract('wechat in safe mode', wechat, {
  ...shared,
  credentials: safe,
  sign: (body, now, token = TOKEN) =>
    sealedDelivery(seal(body), { timestamp: String(now / 1000), token }),
  proof: queryProof('msg_signature'),
  rotation: {
    both: { ...safe, token: ['weixin_token_2', TOKEN], encodingAesKey: [OTHER_KEY, KEY] },
    alone: { ...safe, token: ['weixin_token_2'], encodingAesKey: [OTHER_KEY] },
  },
  withoutSecret: [
    ...withoutToken(safe),
    { ...safe, encodingAesKey: '' },
    { ...safe, encodingAesKey: [] },
    { ...safe, encodingAesKey: [''] },
    { ...safe, encodingAesKey: null as never },
  ],
  faults: [
    ...NOT_XML,
    '<xml/>',
    messageXml(),
    envelope(''),
    envelope('AAAA'),
    envelope(seal('of another delivery')),
  ].map((body) => ({ body, reason: 'not_sealed' })),
});

describe('wechat: who is let in', () => {
  it('When the vector and the examples of the documentation come, then they are let in', () => {
    const verify = (token: string, query: Record<string, string>) =>
      wechat.verify(at(messageXml(), query), { ...plain, token }, Number(query.timestamp) * 1000);
    const vector = {
      signature: '268e7e0c9bed33c0b68377411d95bd24f5b9164f',
      timestamp: '1348831860',
      nonce: 'nonce1',
    };
    expect(verify(TOKEN, vector)).to.equal(true);
    expect(verify(TOKEN, { ...vector, nonce: 'nonce2' })).to.equal(false);
    const documented = {
      signature: '899cf89e464efb63f54ddac96b0a0a235f53aa78',
      timestamp: '1714037059',
      nonce: '486452656',
    };
    expect(verify('AAAAA', documented)).to.equal(true);
  });

  it('When a parameter is missing, empty or of another form, then the delivery is refused', () => {
    for (const name of ['timestamp', 'nonce', 'signature']) {
      for (const value of [undefined, '', ' ', `x${'y'.repeat(200)}`, '1e9', '-1', 'NaN']) {
        const given = inClear(messageXml());
        if (value === undefined) given.query.delete(name);
        else given.query.set(name, value);
        expect(wechat.verify(given, plain, NOW), `${name}: ${value}`).to.equal(false);
      }
    }
  });

  it('When a digit moves from nonce to time under the same signature, then it is no second proof', () => {
    const given = inClear(messageXml(), { nonce: '000' });
    expect(wechat.verify(given, plain, NOW)).to.equal(true);
    const moved = { timestamp: `0${NOW / 1000}`, nonce: '00' };
    expect(wechatQuery(proofOf(moved)).signature).to.equal(given.query.get('signature'));
    expect(wechat.verify(inClear(messageXml(), moved), plain, NOW)).to.equal(false);
  });

  it('When the proof does not cover the body, then it is good for one', () => {
    const id = `${NOW / 1000}:486452656`;
    expect(wechat.proofId?.(inClear(messageXml()), plain)).to.equal(id);
    expect(wechat.proofId?.(sealedDelivery(seal(messageXml())), safe)).to.equal(undefined);
    // A forged query of a channel in plain mode cannot make itself one in safe mode.
    const forged = inClear(messageXml());
    forged.query.set('encrypt_type', 'aes');
    forged.query.set('msg_signature', 'x');
    expect(wechat.verify(forged, plain, NOW)).to.equal(true);
    expect(wechat.proofId?.(forged, plain)).to.equal(id);
  });
});

describe('wechat: what is sealed', () => {
  // Made by the library wechat-crypto 0.0.2: literal values, so that our own sealing is not the judge.
  const sealed =
    'NNNldekCSOHx7CxKc9HApw28M8cKaIfY/tXgV/LTjbRlbh2tYBrcTQzxR4jFlt+IcvnCpEqwVfq5gIKokeCSSCCgNTJhG96WXC9tAp8AHfLxX3ngF598VH0hRuGsN4bylIUV9USrFq93Jg9X9Ft/1Ydu51FPUqS9i8u65sH+3yZu3vZCxw0R1w7qTZ2nYNPCO0WmKUk5+S0vqY6I7y640L+gSmyffdIyqMHYQnDkU1DNI+EWuNRddbnlUBi6/fRPK7cpfTcLs97lYg/eTwzpNDucpDrYW98pkVzmHe/AYzHKm8nwO5CuynB0qaZaoxOk36yH8HrRq2cpO857BFnj5gomtMANqcPSqklLG065a03uRmxeSecFh0QQsSBuwkE/';
  const query = {
    signature: '268e7e0c9bed33c0b68377411d95bd24f5b9164f',
    timestamp: '1348831860',
    nonce: 'nonce1',
    encrypt_type: 'aes',
    msg_signature: 'e11bb3d11dcb543e3db32036381e155d8ccfa8f8',
  };
  const verify = (given: Delivery, credentials = safe, now = NOW) =>
    wechat.verify(given, credentials, now);

  it('When the library sealed it, then it is let in and read', () => {
    const given = at(envelope(sealed), query);
    expect(verify(given, safe, 1_348_831_860_000)).to.equal(true);
    expect(parseDelivery(given, safe)).to.deep.equal({
      kind: 'message',
      eventId: '23330000000000001',
      at: 1_348_831_860_000,
      identities: [`wechat:${APP_ID}/oOpenId_1`],
      content: { type: 'text', text: 'café & <b>' },
    });
  });

  it('When one character of the sealed text was changed, then the delivery is refused', () => {
    const good = sealedDelivery(seal(messageXml()));
    expect(verify(good)).to.equal(true);
    const body = good.body.toString();
    const start = body.indexOf('<Encrypt><![CDATA[') + '<Encrypt><![CDATA['.length;
    for (const at of [start, start + 100, body.indexOf(']]></Encrypt>') - 4]) {
      const other = body[at] === 'Q' ? 'R' : 'Q';
      const changed = Buffer.from(body.slice(0, at) + other + body.slice(at + 1));
      expect(verify({ ...good, body: changed }), `character ${at}`).to.equal(false);
    }
  });

  it('When it was sealed for another account or with another key, then it is refused', () => {
    for (const made of [{ appId: 'wx0000000000000000' }, { key: OTHER_KEY }]) {
      const given = sealedDelivery(seal(messageXml(), made));
      expect(verify(given)).to.equal(false);
      expect(parseDelivery(given, safe)).to.deep.equal(invalid('not_sealed'));
    }
    const both = { ...safe, encodingAesKey: [OTHER_KEY, KEY] };
    expect(verify(sealedDelivery(seal(messageXml(), { key: OTHER_KEY })), both)).to.equal(true);
  });

  it('When padding or length are not what they should be, then it is refused', () => {
    const text = 'x'.repeat(10);
    expect(verify(sealedDelivery(seal(text)))).to.equal(true);
    for (const fault of [
      { padding: 48 },
      { padding: 16, fill: 17 },
      { padding: 16, fill: 0 },
      { length: 9 },
      { length: 11 },
      { length: 2 ** 32 - 1 },
    ]) {
      expect(verify(sealedDelivery(seal(text, fault))), JSON.stringify(fault)).to.equal(false);
    }
    for (const short of ['', 'AAAA', Buffer.alloc(16, 1).toString('base64'), 'A'.repeat(64)]) {
      expect(verify(sealedDelivery(short)), short).to.equal(false);
    }
  });

  it('When a sealed channel gets a message in clear, then it is refused, however it is signed', () => {
    expect(verify(inClear(messageXml()))).to.equal(false);
    expect(verify(inClear(envelope('')))).to.equal(false);
  });

  it('When a message comes in clear and sealed, then only what is sealed is read', () => {
    const beside = messageXml({ Content: cdata('forged'), MsgId: '666' }).slice(5, -6);
    const text = seal(messageXml());
    const given = sealedDelivery(text, {}, envelope(text, beside));
    expect(verify(given)).to.equal(true);
    expect(parseDelivery(given, safe)).to.deep.include({ eventId: '1234567890123456789' });
  });

  it('When people write what looks sealed, then it is taken for what it is', () => {
    const text = seal(messageXml());
    const decoy = `<Encrypt>${seal(messageXml({ MsgId: '666' }))}</Encrypt>`;
    const given = sealedDelivery(text, {}, envelope(text, `<Content>${cdata(decoy)}</Content>`));
    expect(verify(given)).to.equal(true);
    expect(parseDelivery(given, safe)).to.deep.include({ eventId: '1234567890123456789' });
  });
});

describe('wechat: handshake', () => {
  const query = {
    signature: 'f464b24fc39322e44b38aa78f5edd27bd1441696',
    echostr: '4375120948345356249',
    timestamp: '1714036504',
    nonce: '1514711492',
  };
  const greet = (given: Record<string, string>, token = 'AAAAA', now = 1_714_036_504_000) =>
    wechat.challenge?.({ ...at('', given), method: 'GET' }, { ...safe, token }, now);

  it('When the example of the documentation comes, then it is answered with its text', () => {
    expect(greet(query)).to.deep.equal({
      status: 200,
      body: '4375120948345356249',
      contentType: 'text/plain',
    });
  });

  it('When it is signed by nobody, stale, without a text or a POST, then there is no answer', () => {
    expect(greet(query, 'BBBBB')).to.equal(undefined);
    expect(greet(query, '')).to.equal(undefined);
    expect(greet(query, 'AAAAA', 1_714_036_504_000 + 301_000)).to.equal(undefined);
    for (const echostr of ['', 'a b', '<b>\n', 'x'.repeat(257)]) {
      expect(greet({ ...query, echostr }), echostr).to.equal(undefined);
    }
    const given = at('', query);
    expect(wechat.challenge?.(given, { ...safe, token: 'AAAAA' }, 1_714_036_504_000)).to.equal(
      undefined,
    );
  });
});

describe('wechat: messages and events', () => {
  it('When a message comes, then seconds are seconds and its 64-bit id is text', () => {
    expect(parse(messageXml())).to.deep.equal({
      kind: 'message',
      eventId: '1234567890123456789',
      at: 1_348_831_860_000,
      identities: [`wechat:${APP_ID}/oOpenId_1`],
      content: { type: 'text', text: 'this is a test' },
    });
  });

  it('When a text holds anything, then it comes out as it was written', () => {
    for (const text of [
      '  two blanks  ',
      ' ',
      '\n',
      '&lt;b&gt; & <b>',
      '<!DOCTYPE html><!ENTITY x "y">&x;',
      '2.50',
      '007',
      'café 😀\n第二行',
      '',
    ]) {
      expect(contentOf({ Content: cdata(text) }), text).to.deep.equal({ type: 'text', text });
    }
    const split = '<![CDATA[a ]]]]><![CDATA[> b]]>';
    expect(contentOf({ Content: split })).to.deep.equal({ type: 'text', text: 'a ]]> b' });
  });

  it('When the XML declares anything, then it is refused', () => {
    const laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>';
    for (const body of [
      `${laughs}${messageXml({ Content: '&b;' })}`,
      `<?xml version="1.0"?>\n${laughs}${messageXml()}`,
      messageXml({ Content: '<!doctype x>' }),
      '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><Content>&x;</Content></xml>',
    ]) {
      expect(parse(body), body).to.deep.equal(invalid('doctype'));
    }
    expect(parse(`<?xml version="1.0"?>${messageXml()}`).kind).to.equal('message');
    expect(contentOf({ Content: '&amp;&#65;' })).to.deep.equal({
      type: 'text',
      text: '&amp;&#65;',
    });
  });

  it('When a menu button is pressed, then its key is the reply, told apart by who and when', () => {
    expect(parse(eventXml('CLICK', { EventKey: cdata('PRICES') }))).to.deep.equal({
      kind: 'message',
      eventId: 'oOpenId_1:1348831860:CLICK',
      at: 1_348_831_860_000,
      identities: [`wechat:${APP_ID}/oOpenId_1`],
      content: { type: 'reply', text: 'PRICES' },
    });
    expect(parse(eventXml('CLICK'))).to.deep.include({ content: { type: 'reply' } });
  });

  it('When people do something without a word, then it is ignored by name', () => {
    const cases = {
      subscribe: 'subscribe',
      unsubscribe: 'unsubscribe',
      SCAN: 'scan',
      VIEW: 'view',
      LOCATION: 'location_report',
      TEMPLATESENDJOBFINISH: 'other_event',
      constructor: 'other_event',
    };
    for (const [event, reason] of Object.entries(cases)) {
      expect(parse(eventXml(event, { EventKey: 'k' })), event).to.deep.equal(ignored(reason));
    }
  });

  it('When a message is broken, then it is invalid', () => {
    const cases: [Record<string, string>, string][] = [
      [{ FromUserName: '' }, 'bad_envelope'],
      [{ FromUserName: cdata('a b') }, 'bad_envelope'],
      [{ CreateTime: '13.5' }, 'bad_envelope'],
      [{ CreateTime: '1348831860000' }, 'bad_envelope'],
      [{ MsgId: '' }, 'bad_message'],
      [{ MsgId: 'x' }, 'bad_message'],
      [{ MsgId: '1</MsgId><MsgId>2' }, 'bad_message'],
      [{ Content: '<b>x</b>' }, 'bad_content'],
      [{ MsgType: 'image' }, 'bad_content'],
      [{ MsgType: 'location', Location_X: 'north' }, 'bad_content'],
      [{ MsgType: 'event' }, 'bad_event'],
    ];
    for (const [fields, reason] of cases) {
      expect(parse(messageXml(fields)), JSON.stringify(fields)).to.deep.equal(invalid(reason));
    }
  });
});

describe('wechat: content', () => {
  it('When files come, then their ids are kept, and the address of a picture', () => {
    const PicUrl = cdata('http://mmbiz.qpic.cn/1');
    expect(contentOf({ MsgType: 'image', MediaId: cdata('M1'), PicUrl })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'image', id: 'M1', url: 'http://mmbiz.qpic.cn/1' }],
    });
    for (const type of ['video', 'shortvideo']) {
      expect(contentOf({ MsgType: type, MediaId: 'M1', ThumbMediaId: 'T1' })).to.deep.equal({
        type: 'attachment',
        attachments: [{ type: 'video', id: 'M1' }],
      });
    }
    const odd = { MsgType: 'image', MediaId: 'M1', PicUrl: 'javascript:alert(1)', Format: 'a/b' };
    expect(contentOf(odd)).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'image', id: 'M1' }],
    });
  });

  it('When a voice comes, then what WeChat heard is its text', () => {
    const voice = { MsgType: 'voice', MediaId: 'M1', Format: cdata('amr') };
    const attachments = [{ type: 'audio', id: 'M1', mimeType: 'audio/amr' }];
    expect(contentOf(voice)).to.deep.equal({ type: 'attachment', attachments });
    expect(contentOf({ ...voice, Recognition: cdata('腾讯微信团队') })).to.deep.equal({
      type: 'attachment',
      attachments,
      text: '腾讯微信团队',
    });
  });

  it('When a place or a link comes, then it is text', () => {
    const place = { MsgType: 'location', Location_X: '23.134521', Location_Y: '113.358803' };
    expect(contentOf({ ...place, Scale: '20', Label: cdata('位置信息') })).to.deep.equal({
      type: 'location',
      text: '位置信息\n23.134521,113.358803',
    });
    expect(contentOf({ ...place, Location_X: '-23.1', Label: '' })).to.deep.equal({
      type: 'location',
      text: '-23.1,113.358803',
    });
    const link = { MsgType: 'link', Title: 'T', Description: 'D', Url: 'https://example.com/' };
    expect(contentOf(link)).to.deep.equal({ type: 'text', text: 'T\nD\nhttps://example.com/' });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const MsgType of ['file', 'miniprogrampage', 'constructor']) {
      expect(contentOf({ MsgType })).to.deep.equal({ type: 'unsupported' });
    }
  });
});

describe('wechat: what is sent', () => {
  const call = sinon.stub();
  let kept: { name: string; value: string; ttlSeconds: number }[];
  const send = (message: Partial<Outgoing>, credentials = plain) =>
    wechat
      .send(
        { to: `wechat:${APP_ID}/oOpenId_1`, key: 'key_1', ...message },
        {
          channelId: 'ch1',
          credentials,
          webhookUrl: 'https://videur.example/webhooks/wechat/ch1',
          call,
          now: () => NOW,
          async remember(name, make) {
            const made = await make();
            kept.push({ name, ...made });
            return made.value;
          },
        },
      )
      .catch((error: unknown) => error);
  beforeEach(() => {
    kept = [];
    call.reset();
    call.resolves(answered({ errcode: 0, errmsg: 'ok' }));
    call.onFirstCall().resolves(answered({ access_token: 'a&b=c', expires_in: 7200 }));
  });

  it('When there is no token yet, then one is asked for and kept for as long as it lasts', async () => {
    const apiBaseUrl = 'http://127.0.0.1:9/wx/';
    const rotated = { ...plain, apiBaseUrl, appSecret: ['new&secret', 'old'] };
    expect(await send({ text: 'x' }, rotated)).to.deep.equal({ messageId: 'key_1' });
    const [asked, sent] = call.args.map(([request]) => request);
    expect(asked).to.deep.include({
      method: 'POST',
      url: 'http://127.0.0.1:9/wx/cgi-bin/stable_token',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.parse(asked.body)).to.deep.equal({
      grant_type: 'client_credential',
      appid: APP_ID,
      secret: 'new&secret',
    });
    expect(sent).to.include({
      method: 'POST',
      url: 'http://127.0.0.1:9/wx/cgi-bin/message/custom/send?access_token=a%26b%3Dc',
    });
    expect(kept).to.deep.equal([{ name: 'access_token', value: 'a&b=c', ttlSeconds: 7200 }]);
  });

  it('When the token is refused, then nothing is sent and it says whether to try again', async () => {
    const cases = {
      40013: 'credentials_refused',
      40125: 'credentials_refused',
      40164: 'credentials_refused',
      45009: 'throttled',
      '-1': 'provider_error',
    };
    for (const [code, failure] of Object.entries(cases)) {
      call.resetHistory();
      call.onFirstCall().resolves(refusal(Number(code)));
      expect(await send({ text: 'x' })).to.include({ failure, providerCode: code });
      expect(call.callCount).to.equal(1);
    }
    call.resetHistory();
    call.onFirstCall().resolves(answered({ access_token: '' }));
    expect(await send({ text: 'x' })).to.include({ failure: 'bad_answer' });
    expect(kept).to.deep.equal([]);
  });

  it('When a file, or to a person of another account, then that is unsupported', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;
    const unsupported = { failure: 'unsupported', retryable: false };
    expect(await send({ attachment })).to.include(unsupported);
    expect(await send({ attachment, text: 'see' })).to.include(unsupported);
    expect(await send({ to: 'wechat:wx0000000000000000/oOpenId_1', text: 'x' })).to.include(
      unsupported,
    );
    expect(call.callCount).to.equal(0);
  });

  it('When an app id or a key is not of its form, then it is refused', () => {
    const fits = (part: object) => wechat.credentials.safeParse({ ...safe, ...part }).success;
    expect(fits({ encodingAesKey: [KEY, OTHER_KEY] })).to.equal(true);
    for (const part of [
      { appId: 'wx/1' },
      { appId: 'a b' },
      { encodingAesKey: KEY.slice(1) },
      { encodingAesKey: `${KEY}=` },
      { encodingAesKey: [KEY, 'x'] },
    ]) {
      expect(fits(part), JSON.stringify(part)).to.equal(false);
    }
  });
});
