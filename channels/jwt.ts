import { type JWTPayload, jwtVerify } from 'jose';
import { type Secrets, sameText, secretsOf } from './signature.ts';

export interface JwtRules {
  /** Those that are taken, whatever the token says of itself. */
  algorithms: ('HS256' | 'HS384' | 'HS512')[];
  issuer: string;
  requiredClaims: string[];
}

/** Without the padding and blanks that some decoders forgive: one token has one form. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Providers' own have a few hundred characters. */
const MAX_TOKEN = 4096;
/** For clocks that differ, where the token itself says from when until when it is good. */
const LEEWAY_SECONDS = 5;

/** What a token says, when one of the secrets signed it and it is good now. Never throws. */
export async function claimsOf(
  token: string,
  secrets: Secrets | undefined,
  now: number,
  rules: JwtRules,
): Promise<JWTPayload | undefined> {
  if (token.length > MAX_TOKEN || !COMPACT.test(token)) return undefined;
  for (const secret of secretsOf(secrets)) {
    const checked = await jwtVerify(token, Buffer.from(secret), {
      ...rules,
      currentDate: new Date(now),
      clockTolerance: LEEWAY_SECONDS,
    }).catch(() => undefined);
    if (checked) return checked.payload;
  }
  return undefined;
}

/** Whether a claim says this, and nothing else. */
export const claimIs = (claim: unknown, expected: string): boolean =>
  typeof claim === 'string' && sameText(claim, expected);
