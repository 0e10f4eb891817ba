import type { Message } from '../../models/message.ts';

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
export type NewValues = { [Field in keyof Message]?: Message[Field] | undefined };

/** What becomes of a message that is there, if it still is as it was read. */
export interface Change {
  read: KnownMessage;
  set: NewValues;
}

/** The messages that a delivery is about, as they will be when it is stored. */
export class Messages {
  private readonly planned = new Map<string, Message>();
  private readonly changed = new Map<string, Change>();

  constructor(private readonly read: ReadonlyMap<string, KnownMessage>) {}

  has(id: string): boolean {
    return this.planned.has(id) || this.read.has(id);
  }

  get(id: string): KnownMessage | undefined {
    const planned = this.planned.get(id);
    if (planned) return planned;
    const change = this.changed.get(id);
    return change ? ({ ...change.read, ...change.set } as KnownMessage) : this.read.get(id);
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
    this.planned.set(message._id, message);
  }

  change(id: string, set: NewValues): void {
    const planned = this.planned.get(id);
    const read = this.read.get(id);
    if (planned) {
      Object.assign(planned, set);
      for (const field of Object.keys(set) as (keyof Message)[])
        if (set[field] === undefined) delete planned[field];
    } else if (read) {
      this.changed.set(id, { read, set: { ...this.changed.get(id)?.set, ...set } });
    }
  }

  added(): Message[] {
    return [...this.planned.values()];
  }

  changes(): Change[] {
    return [...this.changed.values()];
  }
}
