import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { describeError, type Logger } from '../config/logger.ts';
import type { Urn } from './event.ts';
import { type ObjectId, Types } from './ids.ts';
import type { Models } from './index.ts';

/** Member of a complete set. No URN, so no sender can be it. */
const SENTINEL = '*';
/** A rebuild that takes longer than this is taken over by the next one who needs the set. */
const REBUILD_LOCK_MS = 30_000;
const REBUILD_CHUNK = 5_000;

/**
 * Puts a rebuilt set in place unless an identity was added or removed since its contents were read:
 * KEYS set, generation, rebuilt; ARGV the generation that was read first ('' for none).
 */
const SWAP_IN = `
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then redis.call('DEL', KEYS[3]) return 0 end
redis.call('RENAME', KEYS[3], KEYS[1])
return 1`;

export type ScreeningSource = 'cache' | 'store';

/**
 * The blocked identities of each workspace: a Redis set in front of MongoDB, which is the truth.
 * Redis can be flushed, evicted or away at any moment; then MongoDB answers.
 */
export class Blocklist {
  /** Workspaces whose set is being rebuilt by this process. */
  private readonly rebuilding = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly models: Models,
    private readonly log: Logger,
    private readonly onScreened: (source: ScreeningSource) => void = () => {},
  ) {}

  /** Which of these senders are blocked: one Redis command for all of them. */
  async blockedAmong(workspaceId: string, senders: Urn[]): Promise<Set<Urn>> {
    const cached = await this.readCache(workspaceId, senders);
    this.onScreened(cached ? 'cache' : 'store');
    return cached ?? (await this.readStore(workspaceId, senders));
  }

  /**
   * Makes the set say of this contact what MongoDB says. Reads again after writing: whoever writes
   * last has then seen the last state, in whatever order two changes of one contact reach Redis.
   */
  async follow(contactId: ObjectId): Promise<void> {
    for (let written: boolean | undefined; ; ) {
      const contact = await this.models.contacts
        .findById(contactId, { workspaceId: 1, identities: 1, blocked: 1 })
        .lean();
      if (!contact) return;
      const blocked = contact.blocked !== null;
      if (written === blocked) return;
      const keys = keysOf(contact.workspaceId.toString());
      const change = this.redis.multi().set(keys.generation, randomUUID());
      if (blocked) change.sadd(keys.set, ...contact.identities);
      else change.srem(keys.set, ...contact.identities);
      for (const [error] of (await change.exec()) ?? []) if (error) throw error;
      written = blocked;
    }
  }

  private async readCache(workspaceId: string, senders: Urn[]): Promise<Set<Urn> | undefined> {
    try {
      const { set } = keysOf(workspaceId);
      const [complete, ...found] = await this.redis.smismember(set, SENTINEL, ...senders);
      if (complete) return new Set(senders.filter((_, i) => found[i] === 1));
      this.rebuild(workspaceId).catch((error) =>
        this.log.warn('blocklist.rebuild_failed', { workspaceId, ...describeError(error) }),
      );
    } catch (error) {
      this.log.warn('blocklist.cache_away', { workspaceId, ...describeError(error) });
    }
    return undefined;
  }

  private async readStore(workspaceId: string, senders: Urn[]): Promise<Set<Urn>> {
    const blocked = await this.models.contacts.collection
      .find(
        {
          workspaceId: new Types.ObjectId(workspaceId),
          identities: { $in: senders },
          'blocked.since': { $exists: true },
        },
        { projection: { identities: 1 } },
      )
      .toArray();
    const asked = new Set(senders);
    return new Set(
      blocked.flatMap(({ identities }) => identities.filter((urn: Urn) => asked.has(urn))),
    );
  }

  /** One at a time, in this process and among all: the others screen in MongoDB meanwhile. */
  private async rebuild(workspaceId: string): Promise<void> {
    if (this.rebuilding.has(workspaceId)) return;
    this.rebuilding.add(workspaceId);
    const { lock } = keysOf(workspaceId);
    try {
      const mine = await this.redis.set(lock, '1', 'PX', REBUILD_LOCK_MS, 'NX');
      if (!mine) return;
      const since = Date.now();
      let identities: number | undefined;
      try {
        while (identities === undefined) identities = await this.tryRebuild(workspaceId);
      } finally {
        await this.redis.del(lock);
      }
      this.log.info('blocklist.rebuilt', { workspaceId, identities, ms: Date.now() - since });
    } finally {
      this.rebuilding.delete(workspaceId);
    }
  }

  /** How many identities the set has now, or `undefined` when a change came in between. */
  private async tryRebuild(workspaceId: string): Promise<number | undefined> {
    const keys = keysOf(workspaceId);
    const generation = (await this.redis.get(keys.generation)) ?? '';
    const rebuilt = `${keys.set}:${randomUUID()}`;
    await this.redis.multi().sadd(rebuilt, SENTINEL).pexpire(rebuilt, REBUILD_LOCK_MS).exec();
    let count = 0;
    let chunk: Urn[] = [];
    const write = async () => {
      if (chunk.length > 0) {
        const grown = this.redis.multi().sadd(rebuilt, ...chunk);
        await grown.pexpire(rebuilt, REBUILD_LOCK_MS).pexpire(keys.lock, REBUILD_LOCK_MS).exec();
      }
      chunk = [];
    };
    const blocked = this.models.contacts.collection.find(
      { workspaceId: new Types.ObjectId(workspaceId), 'blocked.since': { $exists: true } },
      { projection: { identities: 1 } },
    );
    for await (const { identities } of blocked) {
      chunk.push(...identities);
      count += identities.length;
      if (chunk.length >= REBUILD_CHUNK) await write();
    }
    await write();
    const swap = this.redis.multi().persist(rebuilt);
    swap.eval(SWAP_IN, 3, keys.set, keys.generation, rebuilt, generation);
    const swapped = (await swap.exec())?.[1];
    if (swapped?.[0]) throw swapped[0];
    return swapped?.[1] === 1 ? count : undefined;
  }
}

/** All keys of a workspace share a hash slot, so that one transaction may use them on a cluster. */
function keysOf(workspaceId: string) {
  const tag = `videur:{${workspaceId}}`;
  return { set: `${tag}:blocked`, generation: `${tag}:generation`, lock: `${tag}:rebuild` };
}
