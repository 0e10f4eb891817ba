import type { EarlyChange, EarlyMessage, Message } from '../../models/inbox/message.ts';
import { waitingUntil } from '../../models/inbox/provider-message.ts';

/** What a delivery needs to know of a message that is there. */
export type KnownMessage = Pick<
  Message,
  | '_id'
  | 'workspaceId'
  | 'conversationId'
  | 'contactId'
  | 'direction'
  | 'type'
  | 'status'
  | 'at'
  | 'editedAt'
  | 'editIds'
>;

/** New values of some fields; `undefined` takes a field away. */
export type NewValues = { [Field in keyof Stored]?: Stored[Field] | undefined };
type Stored = Message & Omit<EarlyMessage, '_id'>;

/** What becomes of a message that is there, if it still is as it was read. */
export interface Change {
  read: KnownMessage | EarlyMessage;
  /** `null`: it goes. */
  set: NewValues | null;
}

/** The messages that a delivery is about, as they will be when it is stored. */
export class Messages {
  private readonly planned = new Map<string, Message>();
  private readonly changed = new Map<string, Change>();
  private readonly waiting = new Map<string, EarlyMessage>();

  constructor(private readonly read: ReadonlyMap<string, KnownMessage | EarlyMessage>) {}

  get(id: string): KnownMessage | undefined {
    const known = this.find(id);
    return known && !isEarly(known) ? known : undefined;
  }

  /** What became of a message that is not here yet. */
  early(id: string): EarlyChange | undefined {
    const known = this.find(id);
    return known && isEarly(known) ? known.early : undefined;
  }

  /** Those that we wrote in a conversation, as far as they were read. */
  outgoing(conversationId: string): KnownMessage[] {
    const ids = [...this.read.keys(), ...this.planned.keys()];
    return ids.flatMap((id) => {
      const known = this.get(id);
      return known?.conversationId === conversationId && known.direction === 'out' ? known : [];
    });
  }

  add(message: Message): void {
    const read = this.read.get(message._id);
    this.waiting.delete(message._id);
    if (!read) this.planned.set(message._id, message);
    else {
      const { _id, ...set } = message;
      this.changed.set(_id, { read, set: { ...set, early: undefined, expiresAt: undefined } });
    }
  }

  change(id: string, set: NewValues): void {
    const planned = this.planned.get(id);
    const read = this.read.get(id);
    if (planned) this.planned.set(id, withValues(planned, set));
    else if (read) this.changed.set(id, { read, set: { ...this.changed.get(id)?.set, ...set } });
  }

  /** Keeps this for a message that is not here yet, in place of what was kept before. */
  wait(_id: string, early: EarlyChange): void {
    const read = this.read.get(_id);
    const expiresAt = waitingUntil();
    if (read) this.changed.set(_id, { read, set: { early, expiresAt } });
    else this.waiting.set(_id, { _id, early, expiresAt });
  }

  forget(id: string): void {
    const read = this.read.get(id);
    this.waiting.delete(id);
    if (read) this.changed.set(id, { read, set: null });
  }

  added(): Message[] {
    return [...this.planned.values()];
  }

  notHereYet(): EarlyMessage[] {
    return [...this.waiting.values()];
  }

  changes(): Change[] {
    return [...this.changed.values()];
  }

  private find(id: string): KnownMessage | EarlyMessage | undefined {
    const change = this.changed.get(id);
    if (change?.set === null) return undefined;
    if (change) return { ...change.read, ...change.set } as KnownMessage | EarlyMessage;
    return this.planned.get(id) ?? this.waiting.get(id) ?? this.read.get(id);
  }
}

function isEarly(message: KnownMessage | EarlyMessage): message is EarlyMessage {
  return 'early' in message && message.early !== undefined;
}

function withValues(message: Message, set: NewValues): Message {
  const fields = Object.entries({ ...message, ...set });
  return Object.fromEntries(
    fields.filter(([, value]) => value !== undefined),
  ) as unknown as Message;
}
