import type { RedisOptions } from 'ioredis';

interface Login {
  login: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;
}

/** Where Redis is: one server, what its sentinels say, or a cluster. */
export type RedisPlace = Login &
  (
    | { kind: 'single'; host: string; port: number }
    | { kind: 'sentinel'; sentinels: { host: string; port: number }[]; master: string }
    | { kind: 'cluster'; nodes: { host: string; port: number }[] }
  );

const DEFAULT_PORT = 6379;
const SENTINEL_PORT = 26379;

const SHAPE = /^(redis|rediss)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/;

/**
 * - `redis://[user:password@]host[:port][/db]`
 * - `redis+sentinel://[user:password@]host[:port],host[:port]…/master[/db]`
 * - `redis+cluster://[user:password@]host[:port],host[:port]…`
 *
 * `rediss` for TLS. Throws without repeating the address: it may hold a password.
 */
export function readRedisUrl(url: string): RedisPlace {
  const [whole, protocol, kind, userinfo, authority = '', path = ''] = SHAPE.exec(url) ?? [];
  if (!whole) throw new Error('the address of Redis is not valid');
  const [user = '', password = ''] = (userinfo ?? '').split(':').map(decodeURIComponent);
  const [first = '', second = ''] = path.split('/').map(decodeURIComponent);
  const login = (db: string): Login['login'] => ({
    ...(user && { username: user }),
    ...(password && { password }),
    ...(db && { db: numberOf(db) }),
    ...(protocol === 'rediss' && { tls: {} }),
  });
  if (kind === '+cluster')
    return { kind: 'cluster', nodes: hosts(authority, DEFAULT_PORT), login: login('') };
  if (kind === '+sentinel') {
    if (!first) throw new Error('the address of Redis names no master');
    return {
      kind: 'sentinel',
      sentinels: hosts(authority, SENTINEL_PORT),
      master: first,
      login: login(second),
    };
  }
  const [only, ...others] = hosts(authority, DEFAULT_PORT);
  if (!only || others.length > 0) throw new Error('the address of Redis names several hosts');
  return { kind: 'single', ...only, login: login(first) };
}

function hosts(authority: string, port: number): { host: string; port: number }[] {
  return authority.split(',').map((each) => {
    const [, bracketed, plain, given] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(each) ?? [];
    const host = bracketed ?? plain;
    if (!host) throw new Error('the address of Redis has a host that is not valid');
    return { host, port: given ? Number(given) : port };
  });
}

function numberOf(db: string): number {
  if (!/^\d+$/.test(db)) throw new Error('the number of the Redis database is not valid');
  return Number(db);
}
