import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { ROOT } from './root.mjs';
import { main, must, Refusal, run } from './run.mjs';
import { startStores } from './stores/index.mjs';

/** Build (which checks the types), lint, tests on real stores with fresh data. The last line is the tests' own count. */
await main(async () => {
  await install();
  await build();
  await must('The lint', 'npm', ['run', '--silent', 'lint']);
  const { code, stats } = await runTests(process.argv.slice(2));
  if (!stats) throw new Refusal('The tests did not come to an end.');
  if (stats.tests === 0) console.error('\nNo test was run.');
  const skipped = stats.pending > 0 ? `, ${stats.pending} skipped` : '';
  console.log(`\n${stats.passes} passed, ${stats.failures} failed${skipped}`);
  return code || (stats.tests === 0 ? 1 : 0);
});

async function runTests(args) {
  const dataDir = await mkdtemp(join(tmpdir(), 'videur-test-'));
  const statsFile = join(dataDir, 'stats.json');
  // Until the tests run there is nobody to pass a signal to; leaving lets the stores go.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const stores = await startStores({ dataDir });
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
  try {
    const code = await run(process.execPath, mocha(args, statsFile), {
      env: {
        ...process.env,
        NODE_ENV: 'test',
        LOG_LEVEL: process.env.LOG_LEVEL || 'error',
        MONGODB_URI: stores.mongoUri,
        REDIS_URL: stores.redisUrl,
      },
    });
    const stats = await readFile(statsFile, 'utf8')
      .then(JSON.parse)
      .catch(() => undefined);
    return { code, stats };
  } finally {
    await stores.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function mocha(args, statsFile) {
  const named = args.some((arg) => arg.endsWith('.test.js'));
  return [
    '--enable-source-maps',
    join(ROOT, 'node_modules/mocha/bin/mocha.js'),
    ...['--reporter', join(ROOT, 'scripts/test/reporter.mjs')],
    ...['--reporter-option', `stats=${statsFile}`],
    ...(process.env.CI ? ['--forbid-only'] : []),
    ...args,
    ...(named ? [] : ['dist/test/**/*.test.js']),
  ];
}
