import { LRUCache } from 'lru-cache';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { adapters } from '../../channels/index.ts';
import { CHANNEL_TYPES, type Channel, type ChannelType } from '../../models/channel.ts';
import { toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { open } from '../../models/secret-box.ts';

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
  signedFor(delivery: Delivery, now: number): OpenChannel[];
  /** Any one of the channels, for the handshake. */
  channels: OpenChannel[];
}

export type FindRecipient = (
  path: string,
) => Recipient | undefined | Promise<Recipient | undefined>;

/** A change of credentials or a deleted channel is obeyed after this time at the latest. */
const TRUST_MS = 5_000;
const MOST_KEPT = 10_000;

const UNKNOWN = Symbol('no such channel');

/**
 * Finds who `/webhooks/{type}/{channelId}` or `/webhooks/meta/{appId}` stands for. Kept in memory;
 * when MongoDB is away what is known stays in use.
 */
export function recipientFinder(models: Models, encryptionKey: Buffer): FindRecipient {
  const cache = new LRUCache<string, Recipient | typeof UNKNOWN>({
    max: MOST_KEPT,
    ttl: TRUST_MS,
    noDeleteOnStaleGet: true,
    allowStaleOnFetchRejection: true,
    noDeleteOnFetchRejection: true,
    fetchMethod: async (path) => (await load(models, encryptionKey, path)) ?? UNKNOWN,
  });
  const known = (entry: Recipient | typeof UNKNOWN | undefined) =>
    entry === UNKNOWN ? undefined : entry;
  return (path) => {
    const fresh = cache.get(path);
    return fresh ? known(fresh) : cache.fetch(path).then(known);
  };
}

async function load(models: Models, key: Buffer, path: string): Promise<Recipient | undefined> {
  const [kind, id, ...rest] = path.split('/');
  if (!kind || !id || rest.length > 0) return undefined;
  if (kind === 'meta') return ofApp(await models.channels.find({ appId: id }).lean(), key);
  const _id = toObjectId(id);
  const type = CHANNEL_TYPES.find((type) => type === kind);
  const channel = _id && type && (await models.channels.findOne({ _id, type }).lean());
  if (!channel) return undefined;
  if (!channel.appId) return ofOne(channel, key);
  // A provider calls one address for all accounts of an app, so its siblings are reached here too.
  const siblings = await models.channels.find({ appId: channel.appId, type }).lean();
  const recipient = ofApp(siblings, key);
  return (
    recipient && {
      ...recipient,
      channels: recipient.channels.filter((sibling) => sibling.id === id),
      signedFor: (delivery, now) => {
        const signed = recipient.signedFor(delivery, now);
        return signed.some((sibling) => sibling.id === id) ? signed : [];
      },
    }
  );
}

function ofOne(channel: Channel, key: Buffer): Recipient {
  const adapter = adapters[channel.type];
  const opened = openChannel(channel, key);
  const channels = [opened];
  return {
    adapter,
    channels,
    signedFor: (delivery, now) =>
      adapter.verify(delivery, opened.credentials, now) ? channels : [],
  };
}

/** Channels with the same secret share one check: an app with a thousand numbers costs no more. */
function ofApp(found: Channel[], key: Buffer): Recipient | undefined {
  const [first] = found;
  if (!first) return undefined;
  const adapter = adapters[first.type as ChannelType];
  const bySecret = new Map<string | undefined, OpenChannel[]>();
  for (const channel of found) {
    const opened = openChannel(channel, key);
    const signer = adapter.account?.(opened.credentials).signer;
    bySecret.set(signer, [...(bySecret.get(signer) ?? []), opened]);
  }
  const groups = [...bySecret.values()];
  return {
    adapter,
    channels: groups.flat(),
    signedFor: (delivery, now) =>
      groups.filter(([one]) => one && adapter.verify(delivery, one.credentials, now)).flat(),
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
