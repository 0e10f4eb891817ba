/** Deliveries of Messenger (`page`) and Instagram, as Meta makes them. */

type Json = Record<string, unknown>;

/** Milliseconds. */
export const AT = 1_749_416_383_123;

export interface Talk {
  object: 'page' | 'instagram';
  account: string;
  person: string;
}

/** What one account has to tell; `more` may hold `standby` or `changes` instead. */
export const entryOf = (account: string, messaging?: unknown, more: Json = {}): Json => ({
  id: account,
  time: AT + 500,
  ...(messaging === undefined ? {} : { messaging }),
  ...more,
});

export const messagingBody = (object: string, entry: unknown): string =>
  JSON.stringify({ object, entry });

/** From a person to the account; `part` says what happened. */
export const item = ({ account, person }: Talk, part: Json): Json => ({
  sender: { id: person },
  recipient: { id: account },
  timestamp: AT,
  ...part,
});

/** From the account to a person. */
export const ownItem = ({ account, person }: Talk, part: Json): Json => ({
  sender: { id: account },
  recipient: { id: person },
  timestamp: AT,
  ...part,
});

export const textItem = (talk: Talk, mid: string, text = `text of ${mid}`): Json =>
  item(talk, { message: { mid, text } });

export const echoItem = (talk: Talk, mid: string, message: Json = { text: 'ours' }): Json =>
  ownItem(talk, { message: { mid, is_echo: true, app_id: 1_517_776_481_860_111, ...message } });
