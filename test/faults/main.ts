import { runFaults, table } from './run.ts';
import { SAFEGUARDS, type Safeguard, without } from './safeguards.ts';

/**
 * `npm run test:faults [-- --seconds N] [--seed N] [--without SAFEGUARD]`: prints a table, ends with 1
 * when a check is wrong.
 */
const seconds = numberAfter('--seconds', 60);
const seed = numberAfter('--seed', Date.now() % 2 ** 31);
const missing = after('--without');
if (missing !== undefined && !Object.hasOwn(SAFEGUARDS, missing))
  throw new Error(`--without wants one of: ${Object.keys(SAFEGUARDS).join(', ')}`);
console.log(`${seconds} s, seed ${seed}${missing ? `, without: ${missing}` : ''}`);
const result = await runFaults({
  seconds,
  seed,
  log: (line) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`),
  ...(missing && { dist: await without(missing as Safeguard) }),
});
console.log(`\n${table(result)}`);
process.exitCode = result.checks.every(({ ok }) => ok) ? 0 : 1;

function after(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at < 0 ? undefined : process.argv[at + 1];
}

function numberAfter(flag: string, fallback: number): number {
  const value = Number(after(flag) ?? fallback);
  if (!Number.isFinite(value)) throw new Error(`${flag} wants a number`);
  return value;
}
