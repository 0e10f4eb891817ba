import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import { type ApiKey, hintOf, SCOPES } from '../../../models/people/user.ts';
import { hashToken } from '../../../models/secret-box.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

const KEY_BYTES = 32;

export const newApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .transform((scopes) => [...new Set(scopes)]),
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((time) => new Date(time))
    .refine((time) => time.getTime() > Date.now(), 'must be in the future')
    .nullable()
    .default(null),
});

export async function listApiKeys(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.apiKeys
    .find({ workspaceId, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean();
  return { status: 200, body: pageOf(rows, query.limit, apiKeyJson, ({ _id }) => _id) };
}

/** The key itself is in this answer and nowhere else: only its hash is kept. */
export async function createApiKey(
  { workspaceId, body }: ApiRequest<unknown, unknown, z.output<typeof newApiKey>>,
  { models }: ApiDeps,
): Promise<Result> {
  const key = `vk_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const row = await models.apiKeys.create({
    workspaceId,
    ...body,
    keyHash: hashToken(key),
    hint: hintOf(key),
  });
  return { status: 201, body: { ...apiKeyJson(row.toObject()), key } };
}

/** It is refused from this moment on. */
export async function deleteApiKey(
  { workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  const { deletedCount } = await models.apiKeys.deleteOne({ _id: params.id, workspaceId });
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204 };
}

export const apiKeyOut = z
  .strictObject({
    id: idOut,
    name: z.string(),
    hint: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    expiresAt: timeOut.nullable(),
    lastUsedAt: timeOut.nullable(),
    createdAt: timeOut,
  })
  .meta({ id: 'ApiKey' });
export const newApiKeyOut = apiKeyOut.extend({ key: z.string() });

function apiKeyJson({ _id, name, hint, scopes, createdAt, ...times }: ApiKey) {
  const { expiresAt = null, lastUsedAt = null } = times;
  return { id: _id, name, hint, scopes, expiresAt, lastUsedAt, createdAt };
}
