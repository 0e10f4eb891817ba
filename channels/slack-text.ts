/**
 * Slack's text as people read it: `<https://a.b|label>`, `<@U1>`, `<#C1|general>`, `<!here>` and three
 * entities. https://docs.slack.dev/messaging/formatting-message-text
 */
export function plain(text: string): string {
  return text
    .replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, target: string, label = '') =>
      target.startsWith('!') || target.startsWith('@') || target.startsWith('#')
        ? mentionOf(target, label)
        : linkOf(target, label),
    )
    .replace(/&(lt|gt|amp);/g, (_, name: string) => ENTITIES.get(name) as string);
}
const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
]);

function mentionOf(target: string, label: string): string {
  if (!target.startsWith('!')) return target[0] + (label || target.slice(1));
  return label || `@${target.slice(1)}`;
}

const linkOf = (target: string, label: string): string =>
  label === '' || target.endsWith(label) ? label || target : `${label} (${target})`;

/** So that `<!channel>` is what was written and not a call to everyone. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
