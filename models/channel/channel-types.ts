import { LRUCache } from 'lru-cache';
import type { Models } from '../index.ts';
import type { ChannelType } from './channel.ts';

const MOST_KEPT = 10_000;

/** The types of channels by id, for figures. A channel never changes its type, so it is read once. */
export class ChannelTypes {
  private readonly known = new LRUCache<string, ChannelType | 'unknown'>({ max: MOST_KEPT });

  constructor(private readonly models: Models) {}

  /** Reads those that are not known yet. */
  async load(channelIds: Iterable<string>): Promise<void> {
    const unknown = new Set<string>();
    for (const id of channelIds) if (!this.known.has(id)) unknown.add(id);
    if (unknown.size === 0) return;
    const rows = await this.models.channels
      .find({ _id: { $in: [...unknown] } }, { type: 1 })
      .lean();
    const types = new Map(rows.map(({ _id, type }) => [_id.toString(), type]));
    // One that is not there now was deleted, and is not asked for again either.
    for (const id of unknown) this.known.set(id, types.get(id) ?? 'unknown');
  }

  /** `unknown`: of a channel that was deleted before it was asked for, or of none. */
  of(channelId: string | null): ChannelType | 'unknown' {
    return (channelId !== null && this.known.get(channelId)) || 'unknown';
  }
}
