import { createHash } from 'node:crypto';

const css = `
:root { color-scheme: light dark; --ink: #14213d; --paper: #fff; --ground: #eef1f5; --line: #b6bfcc; --accent: #1d4ed8; --wrong: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf3; --paper: #1b2230; --ground: #10151e; --line: #46536a; --accent: #7aa2ff; --wrong: #ff9b8f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 22rem; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 1.25rem; font-size: 1.35rem; line-height: 1.2; }
label { display: block; margin-bottom: 1rem; font-size: .9rem; }
input { display: block; width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem; }
button { width: 100%; padding: .65rem; font: inherit; font-weight: 600; color: var(--paper); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
p { margin: 0 0 1rem; color: var(--wrong); }
`;

/** The page's only style sheet, and the hash by which its policy allows it. */
export const LOGIN_STYLE = { css, sha256: createHash('sha256').update(css).digest('base64') };

interface LoginPage {
  action: string;
  next: string;
  /** One of the table's titles. */
  problem: string | undefined;
}

/** Needs no script; what was typed does not come back in it. */
export function loginHtml({ action, next, problem }: LoginPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Videur: sign in</title>
<style>${css}</style>
</head>
<body>
<main>
<h1>Sign in to Videur</h1>
${problem ? `<p role="alert">${escapeHtml(problem)}.</p>` : ''}
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>E-mail address <input name="email" type="email" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
