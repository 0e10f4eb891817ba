import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { AddressObject, ParsedMail } from 'mailparser';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  InboundMessage,
  MailThread,
  MessageStatus,
  SettledEvent,
  StatusUpdate,
  Urn,
} from '../models/delivery/event.ts';
import type { Outgoing } from './adapter.ts';
import { SendError } from './http.ts';
import { mediaType } from './media.ts';
import { headerIn, type Mime, type MimeFile } from './mime.ts';
import { ignored, invalid, label, MAX_ID, take } from './read.ts';
import { TOLERANCE_SECONDS } from './signature.ts';

/**
 * What the mail providers have in common: a mail as they hand it over becomes a message, and an
 * answer becomes a mail that stays in its thread.
 *
 * - **Identity.** `mailto:` and the address in `From`, all of it in lower case. RFC 5321 lets a host
 *   tell `Ana@` from `ana@`; none that people use does, and a block that one capital letter undoes is
 *   none. Nothing else is folded: dots and `+tags` mean something on some hosts.
 * - **What is believed.** `From` is what the sender says. The verdicts of SPF and DKIM do not change
 *   the identity: a mail that fails them is kept under the address that it claims.
 * - **Event.** The `Message-ID`: a channel is one address, so the same mail comes to it once.
 * - **No loops.** What a machine sent (RFC 3834), what could not be delivered and what we sent
 *   ourselves is ignored: an answer to it would be answered again.
 */

export interface Mail extends Omit<Mime, 'files'> {
  files: readonly (MimeFile & { url?: string | undefined })[];
  /** Who gets what cannot be delivered (SMTP's `MAIL FROM`): nobody, when the mail itself is a bounce. */
  envelopeFrom?: string | undefined;
  /** Where the provider has them apart from the headers. */
  from?: { address: string; name?: string | undefined } | undefined;
  subject?: string | undefined;
  /** The provider's id: stands in for a `Message-ID` that is missing. */
  id?: string | undefined;
}

/** The address that a channel receives at and sends from. */
export const mailAddress = z.email('must be an email address').max(254);

const MAX_TEXT = 1024 * 1024;
const MAX_SUBJECT = 500;
const MAX_NAME = 255;
/** Of the mails that a thread holds the last ones. */
const MAX_REFERENCES = 50;

export function readMail(
  mail: Mail,
  { receivedAt, own }: { receivedAt: number; own: string },
  /** Our own mail's id as its statuses name it, from its `Message-ID`. */
  sentIdOf: (reference: string) => string = (reference) => reference,
): InboundMessage | SettledEvent {
  const from = mail.from ?? firstIn(mail.head.from);
  const identity = from && mailUrn(from.address);
  if (!from || !identity) return invalid('no_sender');
  if (isBounce(mail, identity)) return ignored('bounce');
  if (isAutomatic(mail.head)) return ignored('automatic');
  if (identity === mailUrn(own)) return ignored('own_address');

  const [messageId] = idsIn(mail.head.messageId);
  const eventId = messageId ?? mail.id ?? digestOf(mail, identity);
  const answered = idsIn(mail.head.inReplyTo);
  const thread = threadOf(mail, answered, messageId);
  const content = contentOf(mail, eventId, thread);
  if (answered[0] !== undefined) content.replyTo = sentIdOf(answered[0]);
  const name = take(label, from.name);
  return {
    kind: 'message',
    eventId,
    at: timeOf(headerIn(mail.head, 'date'), receivedAt),
    identities: [identity],
    profile: { ...(name && { firstName: name }), email: addressOf(identity) },
    content,
  };
}

// Who it is

function firstIn(list: AddressObject | undefined): Mail['from'] {
  for (const { address, name } of list?.value.flatMap((one) => one.group ?? one) ?? [])
    if (address) return { address, name };
  return undefined;
}

/** Without quoted names: they may hold blanks, and nobody has one. */
const ADDRESS = /^([^\s\p{C}"(),:;<>@[\\\]]{1,256})@([^\s\p{C}"(),:;<>@[\\\]]{1,253})$/u;

/** Domains of other scripts as ASCII: the one form that every provider sends. */
export function mailUrn(address: string): Urn | undefined {
  const [, local, domain] = ADDRESS.exec(address.trim().normalize('NFC')) ?? [];
  if (!local || !domain) return undefined;
  const lower = domain.toLowerCase().replace(/\.$/, '');
  const host = /^[\x21-\x7e]+$/.test(lower) ? lower : domainToASCII(lower);
  return host ? `mailto:${local.toLowerCase()}@${host}` : undefined;
}

const addressOf = (urn: Urn): string => urn.slice('mailto:'.length);

export const reachesByMail = (urn: Urn): boolean =>
  urn.startsWith('mailto:') && ADDRESS.test(addressOf(urn));

// What is not from a person

function isBounce({ head, envelopeFrom }: Mail, identity: Urn): boolean {
  return (
    isNobody(envelopeFrom) ||
    isNobody(headerIn(head, 'return-path')) ||
    identity.startsWith('mailto:mailer-daemon@') ||
    /^multipart\/report\b/i.test(headerIn(head, 'content-type') ?? '')
  );
}

const isNobody = (address: string | undefined): boolean =>
  address !== undefined && /^(<\s*>)?$/.test(address.trim());

/** https://www.rfc-editor.org/rfc/rfc3834#section-5, and what came before it. */
function isAutomatic(head: ParsedMail): boolean {
  const submitted = headerIn(head, 'auto-submitted') ?? 'no';
  return (
    !/^no\b/i.test(submitted) ||
    headerIn(head, 'precedence')?.toLowerCase() === 'auto_reply' ||
    headerIn(head, 'x-autoreply') !== undefined ||
    headerIn(head, 'x-autorespond') !== undefined
  );
}

// Which mail it is, and which ones it follows

/** `Message-ID`s with their angle brackets; some programs forget them. */
export function idsIn(header = ''): string[] {
  const ids: string[] = header.match(/<[^<>\s]+>/g) ?? [];
  if (ids.length === 0 && /^[^<>\s]+$/.test(header)) ids.push(`<${header}>`);
  return ids.filter((id) => id.length <= MAX_ID);
}

/** The same for the same mail, whichever way it comes. */
function digestOf({ head, text, files, subject }: Mail, identity: Urn): string {
  const told = [identity, headerIn(head, 'date'), subject ?? head.subject, text, files];
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url');
}

function threadOf(mail: Mail, answered: string[], messageId: string | undefined): MailThread {
  const subject = tidy(mail.subject ?? mail.head.subject ?? '');
  const references = new Set([...idsIn([mail.head.references].flat().join(' ')), ...answered]);
  if (messageId) {
    references.delete(messageId);
    references.add(messageId);
  }
  return {
    ...(subject && { subject }),
    references: [...references].slice(-MAX_REFERENCES),
  };
}

/** One line: it becomes a header again. */
const tidy = (subject: string): string =>
  subject
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_SUBJECT);

/** A mail may be on its way for five days, and waits for us for three. */
const MAX_DELAY = 10 * 24 * 3_600_000;

/** When it was written, as far as that can be: `Date` is what the sender's clock said. */
function timeOf(date: string | undefined, receivedAt: number): number {
  const at = Date.parse((date ?? '').slice(0, 100));
  return at >= Math.max(0, receivedAt - MAX_DELAY) && at <= receivedAt ? at : receivedAt;
}

// Content

function contentOf(mail: Mail, eventId: string, thread: MailThread): Content {
  const text = mail.text.slice(0, MAX_TEXT).replace(/\r\n/g, '\n').trim();
  const attachments = mail.files.map((file, i) => attachmentOf(file, `${eventId}#${i + 1}`));
  return {
    type: attachments.length > 0 ? 'attachment' : 'text',
    ...(text && { text }),
    ...(attachments.length > 0 && { attachments }),
    thread,
  };
}

/** The id says which file of which mail. Where the provider keeps it, its address is there too. */
function attachmentOf(
  { name, mimeType, size, url }: Mail['files'][number],
  id: string,
): Attachment {
  // Characters that are not seen turn `txt.exe` around to look like `exe.txt`.
  const seen = name?.replace(/\p{C}/gu, '').trim().slice(0, MAX_NAME);
  return {
    type: mediaType(mimeType),
    id,
    ...(url && { url }),
    ...(mimeType && { mimeType }),
    ...(seen && { name: seen }),
    ...(size !== undefined && { size }),
  };
}

// What became of ours

export const statusOf = (messageId: string, status: MessageStatus, at: number): StatusUpdate => ({
  kind: 'status',
  eventId: `${messageId}:${status}`,
  at,
  messageId,
  status,
});

/**
 * For signatures that a provider may not make anew when it sends again: a stamp may be as old as its
 * last attempt, and at most five minutes ahead.
 */
export const isWithin = (seconds: number, oldestSeconds: number, now: number): boolean => {
  const age = Math.floor(now / 1000) - seconds;
  return age >= -TOLERANCE_SECONDS && age <= oldestSeconds;
};

// What is sent

export interface Letter {
  to: string;
  subject: string;
  text: string;
  /** `In-Reply-To` and `References`, for an answer. */
  headers: Record<string, string>;
}

/** The longest line that a mail may have: https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1 */
const MAX_LINE = 998;
const MAX_FIRST_SUBJECT = 78;

/** Text only: none of the providers fetches a file from an address. */
export function letterOf({ to, text, attachment, inReplyTo }: Outgoing): Letter {
  if (attachment || !text) throw new SendError('unsupported');
  const { subject, references = [] } = inReplyTo?.thread ?? {};
  const last = references.at(-1);
  return {
    to: addressOf(to),
    subject: subject === undefined ? firstLineOf(text) : answerTo(subject),
    text,
    headers: last ? { 'In-Reply-To': last, References: fitting(references) } : {},
  };
}

const answerTo = (subject: string): string =>
  /^re\s*:/i.test(subject) ? tidy(subject) : tidy(`Re: ${subject}`);

const firstLineOf = (text: string): string =>
  tidy(text.trim().split('\n', 1)[0] ?? '').slice(0, MAX_FIRST_SUBJECT);

/** As many of the last ones as a line holds. */
function fitting(references: string[]): string {
  const room = MAX_LINE - 'References: '.length;
  let line = '';
  for (const reference of references.toReversed()) {
    const longer = line === '' ? reference : `${reference} ${line}`;
    if (longer.length > room) break;
    line = longer;
  }
  return line;
}
