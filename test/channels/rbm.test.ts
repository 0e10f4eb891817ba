import { createHmac, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { importSPKI, jwtVerify } from 'jose';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type RbmCredentials, rbm } from '../../channels/rbm.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
} from '../support/channel-contract.ts';
import { delivery, rbmDelivery } from '../support/deliveries.ts';

type Json = Record<string, unknown>;

const TOKEN = 'SJENCPGJESMGUFPY';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** As Google's file has it, with fields that are of no use here. */
const keyFile = {
  type: 'service_account',
  project_id: 'project-1',
  private_key_id: 'key-id-1',
  private_key: pem,
  client_email: 'rbm@project-1.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};
const { type: _type, project_id: _project, ...kept } = keyFile;
const credentials: RbmCredentials = {
  agentId: 'welcome-agent@rbm.goog',
  clientToken: TOKEN,
  serviceAccount: kept,
};

const message = (part: Json = { text: 'Hi' }): Json => ({
  agentId: 'welcome-agent@rbm.goog',
  senderPhoneNumber: '+12223334444',
  messageId: 'MsABC',
  sendTime: '2018-12-31T15:01:23.045123456Z',
  ...part,
});
const userEvent = (eventType: unknown, part: Json = {}): Json => ({
  agentId: 'welcome-agent@rbm.goog',
  senderPhoneNumber: '+12223334444',
  eventType,
  eventId: 'EvABC',
  messageId: 'ours-1',
  sendTime: '2018-12-31T15:02:23Z',
  ...part,
});

const parseBody = (body: string | Buffer): ParsedEvent[] =>
  rbm.parse(delivery(body), { ...CONTEXT, credentials }) as ParsedEvent[];
const one = (inner: Json | string): ParsedEvent => {
  const text = typeof inner === 'string' ? inner : JSON.stringify(inner);
  const [event, ...others] = parseBody(rbmDelivery(text, TOKEN).body);
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (part: Json) => {
  const event = one(message(part));
  return event.kind === 'message' ? event.content : event;
};
const invalid = (reason: string) => ({ kind: 'invalid', reason });
const ignored = (reason: string) => ({ kind: 'ignored', reason });

const answered = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});
const refusal = (code: number, status: string) =>
  answered({ error: { code, message: 'not today', status } }, code);

/** Of the key `key_12345`: the same at every attempt. */
const UUID = '40a3e85c-5b2b-51c7-8354-c294d8f12455';

describeChannelContract('rbm', rbm, {
  credentials,
  sign: (body, _now, token = TOKEN) => rbmDelivery(body, token),
  proof: headerProof('x-goog-signature'),
  rotation: {
    both: { ...credentials, clientToken: ['other_token_1', TOKEN] },
    alone: { ...credentials, clientToken: ['other_token_1'] },
  },
  withoutSecret: [
    { ...credentials, clientToken: '' },
    { ...credentials, clientToken: [] },
    { ...credentials, clientToken: [''] },
    { ...credentials, clientToken: undefined as never },
  ],
  // What is around the signed part is not used.
  coversBody: false,
  stamped: false,
  faults: jsonFaults,
  batch: { body: JSON.stringify(message()), eventIds: ['MsABC'] },
  unknownKind: { body: JSON.stringify(message({ hologram: {} })), kind: 'message' },
  hostile: (value) => [
    value,
    ...[
      'agentId',
      'senderPhoneNumber',
      'messageId',
      'sendTime',
      'eventType',
      'text',
      'userFile',
      'location',
      'suggestionResponse',
      '__proto__',
    ].flatMap((key) => [
      `${JSON.stringify(message({})).slice(0, -1)},"${key}":${value}}`,
      `${JSON.stringify(userEvent('READ')).slice(0, -1)},"${key}":${value}}`,
    ]),
    ...['fileUri', 'mimeType', 'fileName', 'fileSizeBytes'].map(
      (key) =>
        `${JSON.stringify(message({})).slice(0, -1)},"userFile":{"payload":{"fileUri":"https://x.example/","${key}":${value}}}}`,
    ),
  ],
  send: {
    message: { to: 'tel:+12223334444', text: 'Good morning', key: 'key_12345' },
    request: {
      url: `https://rcsbusinessmessaging.googleapis.com/v1/phones/+12223334444/agentMessages?messageId=${UUID}&agentId=welcome-agent%40rbm.goog`,
      headers: { 'content-type': 'application/json', authorization: 'Bearer ya29.token_1' },
      body: { contentMessage: { text: 'Good morning' }, messageTrafficType: 'SERVICEREQUEST' },
    },
    accepted: {
      response: answered({
        name: `phones/+12223334444/agentMessages/${UUID}`,
        sendTime: '2018-12-31T15:01:23Z',
        contentMessage: { text: 'Good morning' },
      }),
      messageId: UUID,
    },
    refused: [
      { response: refusal(400, 'INVALID_ARGUMENT'), failure: 'rejected' },
      { response: refusal(404, 'NOT_FOUND'), failure: 'rejected' },
      { response: refusal(401, 'UNAUTHENTICATED'), failure: 'credentials_refused' },
      { response: refusal(403, 'PERMISSION_DENIED'), failure: 'credentials_refused' },
      { response: refusal(429, 'RESOURCE_EXHAUSTED'), failure: 'throttled' },
      { response: refusal(409, 'ABORTED'), failure: 'rejected' },
      { response: refusal(503, 'UNAVAILABLE'), failure: 'provider_error' },
    ],
  },
  tokens: { access_token: 'ya29.token_1' },
});

describe('rbm: who is let in', () => {
  // Of the shared vectors: literal data, literal signature.
  const data =
    'eyJhZ2VudElkIjoid2VsY29tZS1hZ2VudEByYm0uZ29vZyIsInNlbmRlclBob25lTnVtYmVyIjoiKzEyMjIzMzM0NDQ0IiwibWVzc2FnZUlkIjoiTXNBQkMiLCJzZW5kVGltZSI6IjIwMTgtMTItMzFUMTU6MDE6MjMuMDQ1MTIzNDU2WiIsInRleHQiOiJIaSJ9';
  const signature =
    'NJFJcakhKeqebpxdGUdJe6tBgPnTxoq2CjPj0BQe7l+IFEwrRJQUGc8Qws/6FK0PM6+7Z+drzstgFkzoeWbiLA==';
  const verify = (body: string, header = signature) =>
    rbm.verify(delivery(body, { 'x-goog-signature': header }), credentials, NOW);

  it('When the vector comes, then it is let in and read, to the millisecond', () => {
    const body = JSON.stringify({ message: { data } });
    expect(verify(body)).to.equal(true);
    expect(parseBody(body)).to.deep.equal([
      {
        kind: 'message',
        eventId: 'MsABC',
        at: Date.UTC(2018, 11, 31, 15, 1, 23, 45),
        identities: ['tel:+12223334444'],
        profile: { phone: '+12223334444' },
        content: { type: 'text', text: 'Hi' },
      },
    ]);
  });

  it('When the data was changed, or is none, then the delivery is refused', () => {
    for (let i = 0; i < data.length; i += 7) {
      const changed = data.slice(0, i) + (data[i] === 'Q' ? 'R' : 'Q') + data.slice(i + 1);
      expect(verify(JSON.stringify({ message: { data: changed } })), `character ${i}`).to.equal(
        false,
      );
    }
    const text = Buffer.from(data, 'base64').toString();
    for (const body of [
      '',
      '{',
      'null',
      '{}',
      '{"message":null}',
      '{"message":{"data":""}}',
      JSON.stringify({ message: { data: [data] } }),
      JSON.stringify({ message: { data: ` ${data}` } }),
      // Over the data as decoded, not as it is written or as the body has it.
      JSON.stringify({ message: { data: Buffer.from(data).toString('base64') } }),
      text,
    ]) {
      expect(verify(body), body).to.equal(false);
    }
    const ofNothing = createHmac('sha512', TOKEN).update('').digest('base64');
    expect(verify('{"message":{"data":""}}', ofNothing)).to.equal(false);
  });

  it('When what is around the data says something else, then that is not believed', () => {
    const body = JSON.parse(rbmDelivery(JSON.stringify(message()), TOKEN).body.toString());
    body.message.attributes = { type: 'event', business_id: 'other@rbm.goog' };
    const [event] = parseBody(JSON.stringify(body));
    expect(event).to.deep.include({ kind: 'message', eventId: 'MsABC' });
  });
});

describe('rbm: handshake', () => {
  const greet = (body: unknown, given = credentials, part: Partial<Delivery> = {}) =>
    rbm.challenge?.({ ...delivery(JSON.stringify(body)), ...part }, given, NOW);
  const greeting = { clientToken: TOKEN, secret: '1234567890' };

  it('When Google asks with our token, then it gets its secret as text', () => {
    const answer = { status: 200, body: '1234567890', contentType: 'text/plain' };
    expect(greet(greeting)).to.deep.equal(answer);
    const rotated = { ...credentials, clientToken: ['other_token_1', TOKEN] };
    expect(greet(greeting, rotated)).to.deep.equal(answer);
  });

  it('When it is anything else, then there is no answer and it goes the usual way', () => {
    for (const other of [
      { ...greeting, clientToken: `${TOKEN}A` },
      { ...greeting, clientToken: '' },
      { ...greeting, clientToken: [TOKEN] },
      { ...greeting, secret: '' },
      { ...greeting, secret: 1234567890 },
      { ...greeting, secret: '<b>\n</b>' },
      { ...greeting, secret: 'x'.repeat(257) },
      { secret: '1234567890' },
      null,
      [],
    ]) {
      expect(greet(other), JSON.stringify(other)).to.equal(undefined);
    }
    expect(greet(greeting, { ...credentials, clientToken: '' })).to.equal(undefined);
    expect(greet(greeting, credentials, { method: 'GET' })).to.equal(undefined);
    expect(greet(greeting, credentials, { body: Buffer.from('{') })).to.equal(undefined);
    expect(greet(greeting, credentials, { headers: { 'x-goog-signature': 'x' } })).to.equal(
      undefined,
    );
    expect(rbm.verify(delivery(JSON.stringify(greeting)), credentials, NOW)).to.equal(false);
  });
});

describe('rbm: messages and events', () => {
  it('When a partner webhook brings an event of another agent, then it is ignored', () => {
    for (const agentId of ['other@rbm.goog', 'other', 'welcome-agent-2', '', 5, null]) {
      expect(one(message({ agentId })), String(agentId)).to.deep.equal(ignored('other_agent'));
    }
    for (const agentId of ['welcome-agent', 'welcome-agent@rbm.goog', undefined]) {
      expect(one(message({ agentId, text: 'Hi' })).kind, String(agentId)).to.equal('message');
    }
  });

  it('When a time has an offset or no fraction, then it is that moment; when it is none, now is', () => {
    const at = (sendTime: unknown) => {
      const event = one(message({ sendTime, text: 'Hi' }));
      return 'at' in event ? event.at : event;
    };
    expect(at('2014-10-02T15:01:23Z')).to.equal(Date.UTC(2014, 9, 2, 15, 1, 23));
    expect(at('2014-10-02T15:01:23.999999999Z')).to.equal(Date.UTC(2014, 9, 2, 15, 1, 23, 999));
    expect(at('2014-10-02T15:01:23+05:30')).to.equal(Date.UTC(2014, 9, 2, 9, 31, 23));
    for (const time of ['2014-10-02', 'yesterday', 1_412_262_083, '1912-10-02T15:01:23Z', null]) {
      expect(at(time), String(time)).to.equal(CONTEXT.receivedAt);
    }
  });

  it('When our message is delivered, read or taken back, then that is its status', () => {
    const cases = { DELIVERED: 'delivered', READ: 'read', TTL_EXPIRATION_REVOKED: 'failed' };
    for (const [eventType, status] of Object.entries(cases)) {
      expect(one(userEvent(eventType)), eventType).to.deep.equal({
        kind: 'status',
        eventId: `ours-1:${status}`,
        at: Date.UTC(2018, 11, 31, 15, 2, 23),
        messageId: 'ours-1',
        status,
      });
      expect(one(userEvent(eventType, { messageId: undefined }))).to.deep.equal(
        invalid('bad_status'),
      );
    }
  });

  it('When another event comes, then it is ignored by name', () => {
    const cases = {
      IS_TYPING: 'typing',
      SUBSCRIBE: 'subscribe',
      UNSUBSCRIBE: 'unsubscribe',
      TTL_EXPIRATION_REVOKE_FAILED: 'other_event',
      constructor: 'other_event',
    };
    for (const [eventType, reason] of Object.entries(cases)) {
      expect(one(userEvent(eventType)), eventType).to.deep.equal(ignored(reason));
    }
    expect(one(userEvent(5))).to.deep.equal(invalid('bad_event'));
  });

  it('When a message is broken, then it is invalid', () => {
    for (const inner of ['', 'x', '[]', 'null', '"x"']) {
      const events = parseBody(
        JSON.stringify({ message: { data: Buffer.from(inner).toString('base64') } }),
      );
      expect(events, inner).to.deep.equal([invalid(inner === '' ? 'bad_envelope' : 'bad_data')]);
    }
    for (const senderPhoneNumber of ['+0', 'someone', '']) {
      expect(one(message({ senderPhoneNumber })), senderPhoneNumber).to.deep.equal(
        invalid('no_sender'),
      );
    }
    for (const part of [{ senderPhoneNumber: undefined }, { messageId: '' }, { messageId: 5 }]) {
      expect(one(message(part)), JSON.stringify(part)).to.deep.equal(invalid('bad_message'));
    }
    expect(contentOf({ text: 5 })).to.deep.equal(invalid('bad_content'));
    expect(contentOf({ location: { latitude: 'x' } })).to.deep.equal(invalid('bad_content'));
  });
});

describe('rbm: content', () => {
  it('When a file comes, then its address is kept if a browser may follow it', () => {
    const payload = {
      mimeType: 'image/gif',
      fileSizeBytes: 127806,
      fileName: '4_animated.gif',
      fileUri: 'https://rcs-copper-eu.googleapis.com/abc',
    };
    expect(contentOf({ userFile: { thumbnail: { fileUri: 'x' }, payload } })).to.deep.equal({
      type: 'attachment',
      attachments: [
        {
          type: 'image',
          url: payload.fileUri,
          mimeType: 'image/gif',
          name: '4_animated.gif',
          size: 127806,
        },
      ],
    });
    const typeOf = (mimeType: unknown) => {
      const content = contentOf({ userFile: { payload: { ...payload, mimeType } } });
      return 'attachments' in content ? content.attachments?.[0]?.type : content;
    };
    expect(['video/mp4', 'audio/aac', 'application/pdf', 'imagery/x', 5].map(typeOf)).to.deep.equal(
      ['video', 'audio', 'file', 'file', 'file'],
    );
    for (const fileUri of ['javascript:alert(1)', 'file:///etc/passwd', undefined]) {
      expect(contentOf({ userFile: { payload: { ...payload, fileUri } } })).to.deep.equal(
        invalid('bad_content'),
      );
    }
  });

  it('When a place comes, or a button of ours is pressed, then it is text', () => {
    expect(contentOf({ location: { latitude: 37.42, longitude: -122.08 } })).to.deep.equal({
      type: 'location',
      text: '37.42,-122.08',
    });
    const pressed = { postbackData: 'postback_1', text: 'Yes', type: 'REPLY' };
    expect(contentOf({ suggestionResponse: pressed })).to.deep.equal({
      type: 'reply',
      text: 'Yes',
    });
    expect(contentOf({ suggestionResponse: { postbackData: 'postback_1' } })).to.deep.equal({
      type: 'reply',
      text: 'postback_1',
    });
    expect(contentOf({ suggestionResponse: {} })).to.deep.equal({ type: 'reply' });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    expect(contentOf({ hologram: {} })).to.deep.equal({ type: 'unsupported' });
    expect(contentOf({})).to.deep.equal({ type: 'unsupported' });
  });
});

describe('rbm: what is sent', () => {
  const call = sinon.stub();
  let remembered: { name: string; value: string; ttlSeconds: number }[];
  const send = (outgoing: Partial<Outgoing>, given = credentials) =>
    rbm
      .send(
        { to: 'tel:+12223334444', key: 'key_12345', ...outgoing },
        {
          channelId: 'ch1',
          credentials: given,
          webhookUrl: 'https://videur.example/webhooks/rbm/ch1',
          call,
          now: () => NOW,
          async remember(name, make) {
            const made = await make();
            remembered.push({ name, ...made });
            return made.value;
          },
        },
      )
      .catch((error: unknown) => error);
  const accepted = answered({ name: 'phones/+12223334444/agentMessages/x' });
  beforeEach(() => {
    remembered = [];
    call.reset();
    call.resolves(accepted);
    call
      .onFirstCall()
      .resolves(answered({ access_token: 'ya29.new', expires_in: 3599, token_type: 'Bearer' }));
  });

  it('When there is no token yet, then the service account asks for one, and it is kept', async () => {
    expect(await send({ text: 'x' })).to.deep.equal({ messageId: UUID });
    const [asked, sent] = call.args.map(([request]) => request);
    expect(asked).to.include({ method: 'POST', url: 'https://oauth2.googleapis.com/token' });
    const form = new URLSearchParams(asked.body);
    expect(form.get('grant_type')).to.equal('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const { payload, protectedHeader } = await jwtVerify(
      form.get('assertion') ?? '',
      await importSPKI(publicKey.export({ format: 'pem', type: 'spki' }).toString(), 'RS256'),
      {
        issuer: 'rbm@project-1.iam.gserviceaccount.com',
        audience: 'https://oauth2.googleapis.com/token',
        currentDate: new Date(NOW),
      },
    );
    expect(protectedHeader).to.deep.equal({ alg: 'RS256', typ: 'JWT', kid: 'key-id-1' });
    expect(payload).to.deep.include({
      scope: 'https://www.googleapis.com/auth/rcsbusinessmessaging',
      iat: NOW / 1000,
      exp: NOW / 1000 + 3600,
    });
    expect(sent.headers).to.include({ authorization: 'Bearer ya29.new' });
    expect(remembered).to.deep.equal([
      { name: 'access_token', value: 'ya29.new', ttlSeconds: 3599 },
    ]);
  });

  it('When Google does not give a token, then nothing is sent and it says why', async () => {
    const cases = [
      [answered({ error: 'invalid_grant' }, 400), 'credentials_refused'],
      [answered({ error: 'invalid_client' }, 401), 'credentials_refused'],
      [answered({}, 503), 'provider_error'],
      [answered({ access_token: '' }), 'bad_answer'],
    ] as const;
    for (const [answer, failure] of cases) {
      call.resetHistory();
      call.onFirstCall().resolves(answer);
      expect(await send({ text: 'x' })).to.include({ failure });
      expect(call.callCount).to.equal(1);
    }
    expect(remembered).to.deep.equal([]);
  });

  it('When the message may be there already, then it is sent again, which counts as sent', async () => {
    expect(rbm.idempotent).to.equal(true);
    call.onSecondCall().resolves(refusal(409, 'ALREADY_EXISTS'));
    expect(await send({ text: 'x' })).to.deep.equal({ messageId: UUID });
  });

  it('When messages are others, then their ids are other UUIDs', async () => {
    const ids = new Set<string>();
    for (const key of ['a', 'b', 'key_12345', 'a']) {
      call.resetHistory();
      ids.add(((await send({ text: 'x', key })) as { messageId: string }).messageId);
    }
    expect(ids.size).to.equal(3);
  });

  it('When a file is sent, then Google fetches it by its address', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;
    await send({ attachment });
    expect(JSON.parse(call.secondCall.args[0].body)).to.deep.equal({
      contentMessage: {
        contentInfo: { fileUrl: 'https://example.com/a.png', forceRefresh: false },
      },
      messageTrafficType: 'SERVICEREQUEST',
    });
  });

  it('When a file has a caption or no address, or the number is none, then that is unsupported', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;
    const unsupported = { failure: 'unsupported', retryable: false };
    expect(await send({ attachment, text: 'see' })).to.include(unsupported);
    expect(await send({ attachment: { type: 'image', id: '7' } })).to.include(unsupported);
    expect(await send({ to: 'tel:+1/../../x', text: 'x' })).to.include(unsupported);
    expect(call.callCount).to.equal(0);
  });

  it('When Google has a word for what is wrong, then it is told', async () => {
    call.onSecondCall().resolves(refusal(404, 'NOT_FOUND'));
    expect(await send({ text: 'x' })).to.include({
      failure: 'rejected',
      providerCode: 'NOT_FOUND',
    });
    call.resetHistory();
    call.onSecondCall().resolves(refusal(404, 'the message was: x'));
    expect(await send({ text: 'x' })).to.include({ failure: 'rejected', providerCode: undefined });
  });
});

describe('rbm: credentials', () => {
  const parsed = (serviceAccount: unknown) =>
    rbm.credentials.safeParse({ ...credentials, serviceAccount });

  it('When the key file comes as an object or as its text, then what is needed of it is kept', () => {
    expect(parsed(keyFile).data?.serviceAccount).to.deep.equal(kept);
    expect(parsed(JSON.stringify(keyFile)).data?.serviceAccount).to.deep.equal(kept);
    const { token_uri: _, ...without } = keyFile;
    expect(parsed(without).data?.serviceAccount).to.deep.equal(kept);
  });

  it('When it holds no RSA private key, then it is refused by name and nothing of it is said', () => {
    const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const private_key of [
      '',
      'x',
      publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      ec.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ]) {
      const { error } = parsed({ ...keyFile, private_key });
      expect(error?.issues.map(({ path }) => path.join('.'))).to.deep.equal([
        'serviceAccount.private_key',
      ]);
      if (private_key.length > 1) expect(JSON.stringify(error)).not.to.include(private_key);
    }
    expect(parsed('not JSON').success).to.equal(false);
    expect(parsed({ ...keyFile, token_uri: 'file:///x' }).success).to.equal(false);
  });
});
