import type { CookieOptions, Request, Response } from 'express';
import { z } from 'zod';
import type { Credentials } from './auth.ts';
import { SESSION_COOKIE } from './sessions.ts';

const MOST_KEY = 200;

/** What the `Idempotency-Key` header may be. */
export const idempotencyKey = z.string().min(1).max(MOST_KEY);

/** The key or session that a request carries. */
export function credentialsOf(request: Request): Credentials {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return { key, sessionToken: cookieOf(request, SESSION_COOKIE) };
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return undefined;
}

/** Not for scripts, not for other sites, and over TLS only where there is TLS. */
export function setSession(
  response: Response,
  publicBaseUrl: string,
  session: { token: string; expiresAt: Date } | null,
): void {
  const options: CookieOptions = {
    httpOnly: true,
    sameSite: 'strict',
    secure: publicBaseUrl.startsWith('https:'),
    path: '/',
  };
  if (session)
    response.cookie(SESSION_COOKIE, session.token, { ...options, expires: session.expiresAt });
  else response.clearCookie(SESSION_COOKIE, options);
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether the method only reads. */
export function isSafe(request: Request): boolean {
  return SAFE.has(request.method);
}

/** What the browser says of where the request was made; `unknown` when it says nothing. */
export function siteOf(request: Request, publicBaseUrl: string): 'own' | 'foreign' | 'unknown' {
  const site = request.headers['sec-fetch-site'];
  if (site) return site === 'same-origin' ? 'own' : 'foreign';
  const { origin, host } = request.headers;
  if (!origin) return 'unknown';
  if (origin === new URL(publicBaseUrl).origin) return 'own';
  // The own host under another name, e.g. a port on localhost: a foreign page cannot choose Host.
  return URL.canParse(origin) && new URL(origin).host === host ? 'own' : 'foreign';
}
