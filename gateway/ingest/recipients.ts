import { LRUCache } from 'lru-cache';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { adapters } from '../../channels/index.ts';
import type { Settings } from '../../config/settings.ts';
import { CHANNEL_TYPES, type Channel } from '../../models/channel.ts';
import { toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { open } from '../../models/secret-box.ts';
import { type ChannelCopiesDeps, channelCopies, type ReadChannels } from './channel-copies.ts';

/** A channel with its credentials open, as long as it is in memory. */
export interface OpenChannel {
  id: string;
  workspaceId: string;
  accountId: string | undefined;
  credentials: unknown;
}

/** Who a webhook address stands for. */
export interface Recipient {
  adapter: ChannelAdapter;
  /** Channels whose own secret made this delivery; empty when it is none of theirs. */
  signedFor(delivery: Delivery, now: number): Promise<OpenChannel[]>;
  /** Whose verify token may greet. */
  channels: OpenChannel[];
}

export type FindRecipient = (
  path: string,
) => Recipient | undefined | Promise<Recipient | undefined>;

/** A change of credentials or a deleted channel is obeyed after this time at the latest. */
const TRUST_MS = 5_000;
const MOST_KEPT = 10_000;

const UNKNOWN = Symbol('no such channel');

export interface RecipientDeps extends ChannelCopiesDeps {
  models: Models;
  settings: Pick<Settings, 'ENCRYPTION_KEY'>;
}

/**
 * Finds who `/webhooks/{type}/{channelId}` or `/webhooks/meta/{appId}` stands for. Kept in memory;
 * when MongoDB is away what is known stays in use.
 */
export function recipientFinder(deps: RecipientDeps): FindRecipient {
  const read = channelCopies(deps);
  const { models, settings } = deps;
  const cache = new LRUCache<string, Recipient | typeof UNKNOWN>({
    max: MOST_KEPT,
    ttl: TRUST_MS,
    noDeleteOnStaleGet: true,
    allowStaleOnFetchRejection: true,
    noDeleteOnFetchRejection: true,
    fetchMethod: async (path) =>
      (await load(models, read, settings.ENCRYPTION_KEY, path)) ?? UNKNOWN,
  });
  const known = (entry: Recipient | typeof UNKNOWN | undefined) =>
    entry === UNKNOWN ? undefined : entry;
  return (path) => {
    const fresh = cache.get(path);
    return fresh ? known(fresh) : cache.fetch(path).then(known);
  };
}

async function load(
  models: Models,
  read: ReadChannels,
  key: Buffer,
  path: string,
): Promise<Recipient | undefined> {
  const [kind, id, ...rest] = path.split('/');
  if (!kind || !id || rest.length > 0) return undefined;
  const openAll = (found: Channel[]) => found.map((channel) => openChannel(channel, key));
  if (kind === 'meta') {
    const found = await read(`app:${id}`, () => models.channels.find({ appId: id }).lean().exec());
    return found[0] && recipientOf(adapters[found[0].type], bySigner(found, openAll(found)));
  }
  const _id = toObjectId(id);
  const type = CHANNEL_TYPES.find((type) => type === kind);
  if (!_id || !type) return undefined;
  const [channel] = await read(`id:${id}`, () => models.channels.find({ _id, type }).lean().exec());
  if (!channel) return undefined;
  // A provider calls one address for all accounts of an app: those with the same secret are reached here.
  const { appId } = channel;
  const found = appId
    ? (await read(`app:${appId}`, () => models.channels.find({ appId }).lean().exec())).filter(
        (other) => other.type === type,
      )
    : [channel];
  const groups = bySigner(found, openAll(found));
  const own = groups.filter((group) => group.some((one) => one.id === id));
  return recipientOf(adapters[channel.type], own);
}

/** Channels with the same secrets share one check: an app with a thousand numbers costs no more. */
function bySigner(found: Channel[], opened: OpenChannel[]): OpenChannel[][] {
  const groups = new Map<string | undefined, OpenChannel[]>();
  opened.forEach((channel, i) => {
    const adapter = adapters[(found[i] as Channel).type];
    const signer = adapter.account?.(channel.credentials).signer;
    groups.set(signer, [...(groups.get(signer) ?? []), channel]);
  });
  return [...groups.values()];
}

function recipientOf(adapter: ChannelAdapter, groups: OpenChannel[][]): Recipient {
  return {
    adapter,
    channels: groups.flat(),
    async signedFor(delivery, now) {
      const signed: OpenChannel[] = [];
      for (const group of groups) {
        const [one] = group;
        if (one && (await adapter.verify(delivery, one.credentials, now))) signed.push(...group);
      }
      return signed;
    },
  };
}

function openChannel(channel: Channel, key: Buffer): OpenChannel {
  const id = channel._id.toString();
  // `lean` reads a Buffer field as the driver's Binary.
  const sealed = Buffer.from((channel.sealed as unknown as { buffer: Uint8Array }).buffer);
  return {
    id,
    workspaceId: channel.workspaceId.toString(),
    accountId: channel.accountId,
    credentials: open(sealed, key, id),
  };
}
