import type { Message, TakenBack } from '../../models/message.ts';
import { waitingUntil } from '../../models/provider-message.ts';

/** What a delivery needs to know of a message that is there. */
export type KnownMessage = Pick<
  Message,
  | '_id'
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
export type NewValues = { [Field in keyof Message]?: Message[Field] | undefined } & {
  expiresAt?: undefined;
};

/** What becomes of a message that is there, if it still is as it was read. */
export interface Change {
  read: KnownMessage | TakenBack;
  set: NewValues;
}

/** The messages that a delivery is about, as they will be when it is stored. */
export class Messages {
  private readonly planned = new Map<string, Message>();
  private readonly changed = new Map<string, Change>();
  private readonly early = new Map<string, TakenBack>();

  constructor(private readonly read: ReadonlyMap<string, KnownMessage | TakenBack>) {}

  get(id: string): KnownMessage | undefined {
    const known = this.find(id);
    return known && !isTakenBack(known) ? known : undefined;
  }

  /** Before it was here. */
  wasTakenBack(id: string): boolean {
    const known = this.find(id);
    return known !== undefined && isTakenBack(known);
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
    const { _id, ...set } = message;
    const read = this.read.get(_id);
    this.early.delete(_id);
    if (read) this.changed.set(_id, { read, set: { ...set, expiresAt: undefined } });
    else this.planned.set(_id, message);
  }

  takeBack(_id: string): void {
    this.early.set(_id, { _id, type: 'deleted', expiresAt: waitingUntil() });
  }

  change(id: string, set: NewValues): void {
    const planned = this.planned.get(id);
    const read = this.read.get(id);
    if (planned) this.planned.set(id, withValues(planned, set));
    else if (read) this.changed.set(id, { read, set: { ...this.changed.get(id)?.set, ...set } });
  }

  added(): Message[] {
    return [...this.planned.values()];
  }

  changes(): Change[] {
    return [...this.changed.values()];
  }

  takenBack(): TakenBack[] {
    return [...this.early.values()];
  }

  private find(id: string): KnownMessage | TakenBack | undefined {
    const change = this.changed.get(id);
    if (change) return { ...change.read, ...change.set } as KnownMessage;
    return this.planned.get(id) ?? this.early.get(id) ?? this.read.get(id);
  }
}

function isTakenBack(message: KnownMessage | TakenBack): message is TakenBack {
  return !('contactId' in message);
}

function withValues(message: Message, set: NewValues): Message {
  const fields = Object.entries({ ...message, ...set });
  return Object.fromEntries(
    fields.filter(([, value]) => value !== undefined),
  ) as unknown as Message;
}
