import { randomBytes } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../channels/http.ts';
import type { ChannelType } from '../../models/channel/channel.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { conversationId } from '../../models/inbox/conversation.ts';
import type { Message } from '../../models/inbox/message.ts';
import { type SendJob, sendJobOf } from '../../models/jobs.ts';
import type { LiveEvent } from '../../models/live.ts';
import { seal } from '../../models/secret-box.ts';
import type { CallOptions, HttpClient } from '../../workers/outgoing/http-client.ts';
import { Tokens } from '../../workers/outgoing/tokens.ts';
import type { SendDeps } from '../../workers/send/deps.ts';
import type { Stores } from '../support/stores.ts';

const TIMEOUT_MS = 20_000;
const random = () => randomBytes(6).toString('hex');

/** A provider in the place of the HTTP client: what it was asked, and what a test has it answer. */
export class StubProvider implements HttpClient {
  readonly requests: HttpRequest[] = [];
  answer: (request: HttpRequest, options: CallOptions) => Promise<HttpResponse> = async () =>
    accepted();

  async call(request: HttpRequest, options: CallOptions = {}): Promise<HttpResponse> {
    const response = this.answer(request, options);
    this.requests.push(request);
    return await response;
  }

  async close(): Promise<void> {}
}

export const accepted = (mId = `m-${random()}`): HttpResponse => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ mId }),
});

export const refused = (status: number, headers = {}): HttpResponse => ({
  status,
  headers,
  body: '',
});

/** Messages on their way out, and what the send step needs. */
export class Outbox {
  readonly provider = new StubProvider();
  readonly counted: string[] = [];
  readonly published: LiveEvent[] = [];
  readonly deps: SendDeps;

  constructor(
    readonly stores: Stores,
    readonly workspaceId: ObjectId,
    now: () => number = Date.now,
  ) {
    this.deps = {
      models: stores.models,
      http: this.provider,
      tokens: new Tokens(now),
      encryptionKey: randomBytes(32),
      publicBaseUrl: 'https://videur.example',
      timeoutMs: TIMEOUT_MS,
      persist: (write) => write(),
      onSend: (type, outcome) => void this.counted.push(`${type} ${outcome}`),
      publish: (_workspaceId, events) => void this.published.push(...events),
      log: stores.log,
      now,
    };
  }

  async channel(
    type: ChannelType = 'custom',
    credentials: object = { token: 'secret-token', apiBaseUrl: 'https://provider.example/' },
  ): Promise<ObjectId> {
    const _id = new Types.ObjectId();
    const sealed = seal(credentials, this.deps.encryptionKey, _id.toString());
    const row = { _id, workspaceId: this.workspaceId, type, name: 'test', sealed };
    await this.stores.models.channels.create(row);
    return _id;
  }

  /** A message that the API has just stored, in a conversation of its own unless told. */
  async queued(
    given: Partial<Message> & { channelId: ObjectId; contactId: ObjectId },
  ): Promise<{ row: Message; job: SendJob }> {
    const { models } = this.stores;
    const { channelId, contactId } = given;
    const now = new Date(this.deps.now());
    const conversation = conversationId(channelId.toString(), contactId.toString());
    const place = { workspaceId: this.workspaceId, channelId, contactId };
    const times = { readAt: new Date(0), lastMessageAt: new Date(0), createdAt: new Date(0) };
    await models.conversations.updateOne(
      { _id: conversation },
      { $setOnInsert: { ...place, status: 'open', blocked: false, ...times } },
      { upsert: true },
    );
    const _id = random() + random();
    const row: Message = {
      _id,
      ...place,
      conversationId: conversation,
      direction: 'out',
      type: 'text',
      text: `text of ${_id}`,
      at: now,
      receivedAt: now,
      status: 'queued',
      eventId: _id,
      sender: { type: 'api', id: 'k' },
      outbox: { dueAt: now, attempts: 0 },
      ...given,
    };
    await models.messages.create(row);
    return { row, job: sendJobOf(row).data };
  }

  async read({ messageId }: Pick<SendJob, 'messageId'>): Promise<Message> {
    const row = await this.stores.models.messages.findById(messageId).lean<Message>();
    if (!row) throw new Error('no such message');
    return row;
  }
}
