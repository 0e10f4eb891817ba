import { build } from './build.mjs';
import { install } from './install.mjs';
import { main, run } from './run.mjs';

await main(async () => {
  await install();
  await build();
  return run(process.execPath, [
    '--enable-source-maps',
    `dist/bench/${['lists', 'mac'].find((name) => name === process.argv[2]) ?? 'main'}.js`,
    ...process.argv.slice(2),
  ]);
});
