import type { MessageStatus } from '../../models/delivery/event.ts';
import {
  knownMessage,
  type ProviderMessage,
  waitingName,
} from '../../models/inbox/provider-message.ts';

/** What is written of a provider's id, if it still is as it was read. */
export interface Naming {
  read: ProviderMessage | undefined;
  row: ProviderMessage;
}

/** What provider's ids mean, as it will be when the delivery is stored. */
export class Names {
  private readonly written = new Map<string, Naming>();

  constructor(private readonly read: ReadonlyMap<string, ProviderMessage>) {}

  /** The message that the provider means, when that is known here. */
  messageIdOf(providerId: string): string | null {
    return this.get(providerId)?.messageId ?? null;
  }

  /** A status that came before its message. */
  waitingFor(providerId: string): MessageStatus | null {
    return this.get(providerId)?.status ?? null;
  }

  name(providerId: string, messageId: string): void {
    this.set(knownMessage(providerId, messageId));
  }

  /** For its message, with what is told of that. */
  wait(providerId: string, status: MessageStatus | null): void {
    this.set(waitingName(providerId, status));
  }

  namings(): Naming[] {
    return [...this.written.values()];
  }

  private get(providerId: string): ProviderMessage | undefined {
    return this.written.get(providerId)?.row ?? this.read.get(providerId);
  }

  private set(row: ProviderMessage): void {
    this.written.set(row._id, { read: this.read.get(row._id), row });
  }
}
