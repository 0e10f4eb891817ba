import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import { open } from '../secret-box.ts';

export const CHANNEL_TYPES = [
  'bird',
  'custom',
  'infobip',
  'instagram',
  'line',
  'mailgun',
  'messenger',
  'postmark',
  'rbm',
  'sendgrid',
  'slack',
  'telegram',
  'tiktok',
  'twilio',
  'viber',
  'vonage',
  'wechat',
  'whatsapp',
] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** One connection to a provider. */
export interface Channel {
  _id: ObjectId;
  workspaceId: ObjectId;
  type: ChannelType;
  name: string;
  /** Credentials as `secret-box.ts` seals them, bound to the channel's id. */
  sealed: Buffer;
  /** The provider's app and account, in clear, where one app's deliveries serve many channels. */
  appId?: string;
  accountId?: string;
  createdAt: Date;
}

export const channelSchema = new Schema<Channel>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    type: { type: String, enum: CHANNEL_TYPES, required: true },
    name: { type: String, required: true },
    sealed: { type: Buffer, required: true },
    appId: String,
    accountId: String,
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
channelSchema.index({ workspaceId: 1, _id: 1 });
// One account is one channel of a workspace. Another workspace may name the same account: what it
// receives is decided by the secret that signed, not by who was first.
channelSchema.index(
  { appId: 1, accountId: 1, workspaceId: 1 },
  { unique: true, partialFilterExpression: { appId: { $exists: true } } },
);

/** The channel's credentials. Throws when they were sealed with another key. */
export function openCredentials({ _id, sealed }: Channel, key: Buffer): unknown {
  // `lean` reads a Buffer field as the driver's Binary.
  const box = Buffer.isBuffer(sealed)
    ? sealed
    : Buffer.from((sealed as { buffer: Uint8Array }).buffer);
  return open(box, key, _id.toString());
}

/** Where a channel's webhooks arrive. */
export function webhookUrlOf({ type, _id }: Pick<Channel, 'type' | '_id'>, publicBaseUrl: string) {
  return `${publicBaseUrl}/webhooks/${type}/${_id}`;
}
