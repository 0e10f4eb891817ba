import { build } from './build.mjs';
import { install } from './install.mjs';
import { main, run } from './run.mjs';

await main(async () => {
  await install();
  await build();
  return run(process.execPath, [
    '--enable-source-maps',
    `dist/bench/${process.argv[2] === 'lists' ? 'lists' : 'main'}.js`,
    ...process.argv.slice(2),
  ]);
});
