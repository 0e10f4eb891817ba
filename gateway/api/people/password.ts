import { z } from 'zod';
import { hashPassword, isPassword } from '../../../models/people/password.ts';
import { faultOfPassword } from '../../../models/people/password-rules.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { createSession } from '../shell/sessions.ts';
import { password } from './login.ts';
import { throttled } from './throttle.ts';

export const passwordChange = z.strictObject({ currentPassword: password, newPassword: password });

/** Every session of the user ends, and the one who asks has a new one. */
export async function changePassword(
  { auth, body, ip, userAgent }: ApiRequest<unknown, unknown, z.output<typeof passwordChange>>,
  { models, redis }: ApiDeps,
): Promise<Result> {
  if (auth.type !== 'user') throw new ApiError('forbidden');
  const { _id, email, passwordHash } = auth.user;
  assertGoodPassword(body.newPassword, 'newPassword', [email]);
  await throttled(redis, { email, ip }, async () =>
    (await isPassword(body.currentPassword, passwordHash)) ? true : undefined,
  );
  const changed = { passwordHash: await hashPassword(body.newPassword) };
  const session = await models.db.transaction(async (transaction) => {
    // Somebody else has changed it since: what was shown is no longer the password.
    const { matchedCount } = await models.users.updateOne({ _id, passwordHash }, changed, {
      session: transaction,
    });
    if (matchedCount === 0) throw new ApiError('invalid_credentials');
    await models.sessions.deleteMany({ userId: _id }, { session: transaction });
    return await createSession(models, _id, { ip, userAgent }, transaction);
  });
  return { status: 200, body: { expiresAt: session.expiresAt }, session };
}

/** Whether a password may be chosen; `field` is where it came in. */
export function assertGoodPassword(given: string, field: string, known: string[]): void {
  const message = faultOfPassword(given, known);
  if (message) throw new ApiError('invalid_request', { errors: [{ path: field, message }] });
}
