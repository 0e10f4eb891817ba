import { z } from 'zod';
import type { Group, Urn } from '../models/delivery/event.ts';

/** How Slack names people, conversations and messages. */

export const slackId = z.string().regex(/^[A-Z0-9]{1,40}$/);
export const idHint = slackId.optional().catch(undefined);

/** A person or a conversation of a team. */
export const TARGET = /^slack:([A-Z0-9]{1,40})\/([A-Z0-9]{1,40})$/;

/** `1355517523.000005`: seconds, and what makes it unique in its channel. */
export const ts = z.string().regex(/^\d{1,11}\.\d{1,9}$/);

export function millisecondsOf(ts: string): number {
  const [seconds, fraction = ''] = ts.split('.');
  return Number(`${seconds}${fraction.padEnd(3, '0').slice(0, 3)}`);
}

/** `app_home`: the conversation with the app, where its home is. */
const DIRECT = new Set(['im', 'app_home']);

export const isDirect = (channel: string, type?: string): boolean =>
  type === undefined ? channel.startsWith('D') : DIRECT.has(type);

interface Place {
  identities: Urn[];
  group?: Group;
}

export function placeOf(teamId: string, user: string, channel: string, type?: string): Place {
  const identities = [`slack:${teamId}/${user}`];
  if (isDirect(channel, type)) return { identities };
  return { identities, group: { identity: `slack:${teamId}/${channel}` } };
}
