import { runFaults, table } from './run.ts';

/** `npm run test:faults [-- --seconds N] [--seed N]`: prints a table, ends with 1 when a check is wrong. */
const seconds = numberAfter('--seconds', 60);
const seed = numberAfter('--seed', Date.now() % 2 ** 31);
console.log(`${seconds} s, seed ${seed}`);
const result = await runFaults({
  seconds,
  seed,
  log: (line) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`),
});
console.log(`\n${table(result)}`);
process.exitCode = result.checks.every(({ ok }) => ok) ? 0 : 1;

function numberAfter(flag: string, fallback: number): number {
  const at = process.argv.indexOf(flag);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isFinite(value)) throw new Error(`${flag} wants a number`);
  return value;
}
