import { Tokenizer } from 'htmlparser2';

/**
 * What HTML says, as plain text: for mails that have no text of their own. By htmlparser2's tokenizer
 * alone: whole converters keep a stack of open elements, and unclosed ones then cost the square of
 * their number. Anybody can write such a mail, and it is read in the gateway's one thread
 * (docs/decisions/0013-mail-is-read-by-a-parser-that-holds.md).
 */

/** The rest is left out. Pictures inside the HTML make it long, its words hardly ever. */
const MAX_LENGTH = 1024 * 1024;

const HIDDEN = new Set(['style', 'script', 'title']);
/** Elements that begin and end a line. */
const BLOCKS = new Set(
  (
    'address article aside blockquote center dd div dl dt fieldset figcaption figure footer form ' +
    'header hr li main nav ol pre section table tr ul'
  ).split(' '),
);
/** … and those with a blank line around them. */
const PARAGRAPHS = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p']);
const CELLS = new Set(['td', 'th']);
const NO_BREAK_SPACE = 0xa0;

export function htmlToText(html: string): string {
  const source = html.slice(0, MAX_LENGTH);
  const pieces: string[] = [];
  // What stands between the last piece and the next one.
  let breaks = 0;
  let space = false;
  let bullet = '';
  let hidden: string | undefined;
  let preformatted = false;
  let link: { href: string; text: string } | undefined;
  let attribute = '';

  const write = (text: string): void => {
    if (pieces.length > 0) pieces.push(breaks > 0 ? '\n'.repeat(breaks) : space ? ' ' : '');
    pieces.push(bullet, text);
    if (link) link.text += text;
    breaks = 0;
    space = false;
    bullet = '';
  };
  const breakLine = (atLeast: number): void => {
    breaks = Math.max(breaks, atLeast);
  };
  const say = (raw: string): void => {
    if (hidden !== undefined) return;
    if (preformatted) {
      write(raw);
      return;
    }
    const words = raw.replace(/\s+/g, ' ');
    if (words.startsWith(' ')) space = true;
    const text = words.trim();
    if (text === '') return;
    write(text);
    space = words.endsWith(' ');
  };
  const edge = (name: string): void => {
    if (PARAGRAPHS.has(name)) breakLine(2);
    else if (BLOCKS.has(name)) breakLine(1);
    else if (CELLS.has(name)) space = true;
  };
  const nameAt = (start: number, end: number) => source.slice(start, end).toLowerCase();
  const nothing = (): void => {};

  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        const name = nameAt(start, end);
        if (hidden !== undefined) return;
        edge(name);
        if (HIDDEN.has(name)) hidden = name;
        else if (name === 'br') breaks = Math.min(breaks + 1, 2);
        else if (name === 'li') bullet = '- ';
        else if (name === 'pre') preformatted = true;
        else if (name === 'a') link = { href: '', text: '' };
      },
      onclosetag(start, end) {
        const name = nameAt(start, end);
        if (name === hidden) hidden = undefined;
        if (hidden !== undefined) return;
        if (name === 'pre') preformatted = false;
        if (name === 'a' && link) {
          const { href, text } = link;
          link = undefined;
          if (/^https?:/i.test(href) && href !== text) say(` (${href})`);
        }
        edge(name);
      },
      onattribname(start, end) {
        attribute = nameAt(start, end);
      },
      onattribdata(start, end) {
        if (link?.text === '' && attribute === 'href') link.href += source.slice(start, end);
      },
      onattribentity(codePoint) {
        if (link?.text === '' && attribute === 'href') link.href += String.fromCodePoint(codePoint);
      },
      ontext: (start, end) => say(source.slice(start, end)),
      ontextentity: (codePoint) =>
        say(codePoint === NO_BREAK_SPACE ? ' ' : String.fromCodePoint(codePoint)),
      onattribend: nothing,
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onopentagend: nothing,
      onprocessinginstruction: nothing,
      onselfclosingtag: nothing,
    },
  );
  tokenizer.write(source);
  tokenizer.end();
  return pieces.join('');
}
