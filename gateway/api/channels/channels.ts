import { z } from 'zod';
import { adapters } from '../../../channels/index.ts';
import {
  CHANNEL_TYPES,
  type Channel,
  type ChannelType,
  webhookUrlOf,
} from '../../../models/channel/channel.ts';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { seal } from '../../../models/secret-box.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import { faultsOf } from '../shell/problem.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

const name = z.string().trim().min(1).max(100);
/** Their shape is the adapter's to judge. */
const credentials = z.record(z.string(), z.unknown());

export const newChannel = z.strictObject({ type: z.enum(CHANNEL_TYPES), name, credentials });
export const channelChange = z.strictObject({
  name: name.optional(),
  credentials: credentials.optional(),
});

type ById = { id: ObjectId };

export async function listChannels(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const rows = await models.channels
    .find({ workspaceId, ...olderThan(query) }, { sealed: 0 })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Channel[]>();
  const json = (channel: Channel) => channelJson(channel, settings.PUBLIC_BASE_URL);
  return { status: 200, body: pageOf(rows, query.limit, json, ({ _id }) => _id) };
}

export async function getChannel(
  { workspaceId, params }: ApiRequest<ById>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const channel = await models.channels
    .findOne({ _id: params.id, workspaceId }, { sealed: 0 })
    .lean<Channel>();
  if (!channel) throw new ApiError('not_found');
  return { status: 200, body: channelJson(channel, settings.PUBLIC_BASE_URL) };
}

export async function createChannel(
  { workspaceId, body }: ApiRequest<unknown, unknown, z.output<typeof newChannel>>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const _id = new Types.ObjectId();
  const kept = keep(body.type, body.credentials, settings.ENCRYPTION_KEY, _id);
  const row = { _id, workspaceId, type: body.type, name: body.name, ...kept };
  const channel = await unlessExists(models.channels.create(row));
  return { status: 201, body: channelJson(channel.toObject(), settings.PUBLIC_BASE_URL) };
}

/** New credentials take the place of all the old ones. */
export async function changeChannel(
  { workspaceId, params, body }: ApiRequest<ById, unknown, z.output<typeof channelChange>>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const known = await models.channels.findOne({ _id: params.id, workspaceId }, { type: 1 }).lean();
  if (!known) throw new ApiError('not_found');
  const set = {
    ...(body.name && { name: body.name }),
    ...(body.credentials && keep(known.type, body.credentials, settings.ENCRYPTION_KEY, params.id)),
  };
  const changed = models.channels
    .findOneAndUpdate({ _id: params.id, workspaceId }, { $set: set }, { returnDocument: 'after' })
    .lean<Channel>();
  const channel = await unlessExists(changed.exec());
  if (!channel) throw new ApiError('not_found');
  return { status: 200, body: channelJson(channel, settings.PUBLIC_BASE_URL) };
}

/** Its conversations stay; deliveries to its address are answered 404 from now on. */
export async function deleteChannel(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  const { deletedCount } = await models.channels.deleteOne({ _id: params.id, workspaceId });
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204 };
}

/** What is stored of the credentials: sealed, and in clear which account they are for. */
function keep(type: ChannelType, given: unknown, key: Buffer, channelId: ObjectId) {
  const { credentials: schema, account } = adapters[type];
  const { success, data, error } = schema.safeParse(given);
  if (!success) throw new ApiError('invalid_request', { errors: faultsOf(error, 'credentials') });
  const { appId, accountId } = account?.(data) ?? {};
  return {
    sealed: seal(data, key, channelId.toString()),
    ...(appId !== undefined && accountId !== undefined && { appId, accountId }),
  };
}

async function unlessExists<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (isDuplicateKey(error)) throw new ApiError('channel_exists');
    throw error;
  }
}

export const channelOut = z
  .strictObject({
    id: idOut,
    type: z.enum(CHANNEL_TYPES),
    name: z.string(),
    webhookUrl: z.string(),
    appWebhookUrl: z.string().nullable(),
    createdAt: timeOut,
  })
  .meta({ id: 'Channel' });

/** Credentials are never in it. A Meta app has one address for all its accounts. */
function channelJson(channel: Channel, publicBaseUrl: string) {
  const { _id, type, name, appId, createdAt } = channel;
  return {
    id: _id,
    type,
    name,
    webhookUrl: webhookUrlOf(channel, publicBaseUrl),
    appWebhookUrl:
      appId === undefined ? null : `${publicBaseUrl}/webhooks/meta/${encodeURIComponent(appId)}`,
    createdAt,
  };
}
