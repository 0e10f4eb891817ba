import { LRUCache } from 'lru-cache';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { adapters } from '../../channels/index.ts';
import { META_TYPES, metaTypeOf } from '../../channels/meta.ts';
import type { Settings } from '../../config/settings.ts';
import {
  CHANNEL_TYPES,
  type Channel,
  type ChannelType,
  openCredentials,
} from '../../models/channel/channel.ts';
import { toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { type ChannelCopiesDeps, channelCopies, type ReadChannels } from './channel-copies.ts';

/** A channel with its credentials open, as long as it is in memory. */
export interface OpenChannel {
  id: string;
  type: ChannelType;
  workspaceId: string;
  accountId: string | undefined;
  credentials: unknown;
}

/** Whom a delivery is for, and who reads it. */
export interface Signed {
  adapter: ChannelAdapter;
  /** All of one type. Empty when the delivery is from nobody who holds a secret of theirs. */
  channels: OpenChannel[];
}

/** Who a webhook address stands for. */
export interface Recipient {
  /** Where the channels are of several types: the one of any of them, as far as they are alike. */
  adapter: ChannelAdapter;
  /** Channels whose own secret made this delivery. */
  signedFor(delivery: Delivery, now: number): Promise<Signed>;
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
  const ofApp = async (appId: string, types: readonly ChannelType[]) => {
    const find = () => models.channels.find({ appId }).lean().exec();
    return (await read(`app:${appId}`, find)).filter(({ type }) => types.includes(type));
  };
  if (kind === 'meta') return recipientOf(bySigner(openAll(await ofApp(id, META_TYPES))));
  const _id = toObjectId(id);
  const type = CHANNEL_TYPES.find((type) => type === kind);
  if (!_id || !type) return undefined;
  const [channel] = await read(`id:${id}`, () => models.channels.find({ _id, type }).lean().exec());
  if (!channel) return undefined;
  // A provider calls one address for all accounts of an app: those with the same secret are reached here.
  const found = channel.appId ? await ofApp(channel.appId, [type]) : [channel];
  const groups = bySigner(openAll(found));
  const own = groups.filter((group) => group.some((one) => one.id === id));
  return recipientOf(own);
}

/** Channels with the same secrets share one check: an app with a thousand numbers costs no more. */
function bySigner(opened: OpenChannel[]): OpenChannel[][] {
  const groups = new Map<string | undefined, OpenChannel[]>();
  for (const channel of opened) {
    const signer = adapters[channel.type].account?.(channel.credentials).signer;
    groups.set(signer, [...(groups.get(signer) ?? []), channel]);
  }
  return [...groups.values()];
}

function recipientOf(groups: OpenChannel[][]): Recipient | undefined {
  const channels = groups.flat();
  const [first] = channels;
  if (!first) return undefined;
  const adapter = adapters[first.type];
  const alike = channels.every(({ type }) => type === first.type);
  return {
    adapter,
    channels,
    async signedFor(delivery, now) {
      const signed: OpenChannel[] = [];
      for (const group of groups) {
        const [one] = group;
        if (one && (await adapters[one.type].verify(delivery, one.credentials, now)))
          signed.push(...group);
      }
      if (alike || signed.length === 0) return { adapter, channels: signed };
      return ofOneType(signed, metaTypeOf(delivery.body));
    },
  };
}

/**
 * An app's channels may be of all of Meta's types, and a delivery is about one of them. When no
 * channel is of that one, the adapter of another says so.
 */
function ofOneType(signed: OpenChannel[], about: ChannelType | undefined): Signed {
  const { type } = signed.find((one) => one.type === about) ?? (signed[0] as OpenChannel);
  return { adapter: adapters[type], channels: signed.filter((one) => one.type === type) };
}

function openChannel(channel: Channel, key: Buffer): OpenChannel {
  return {
    id: channel._id.toString(),
    type: channel.type,
    workspaceId: channel.workspaceId.toString(),
    accountId: channel.accountId,
    credentials: openCredentials(channel, key),
  };
}
