import { resolve } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { ROOT } from './root.mjs';
import { main } from './run.mjs';
import { demoChannel } from './start/demo-channel.mjs';
import { Kept } from './start/kept.mjs';
import { Processes } from './start/processes.mjs';
import { settle } from './start/settings.mjs';
import { onStop } from './start/signals.mjs';
import { tell } from './start/tell.mjs';
import { startStores } from './stores/index.mjs';

/** Everything on one machine, in the order in which each step needs the one before; stopped in reverse. */
await main(async () => {
  const dataDir = resolve(ROOT, process.env.DATA_DIR || '.data');
  const processes = new Processes({ procfile: process.argv[2] ?? 'Procfile', dataDir });
  onStop((times) => processes.end(times));

  await install();
  await build();
  await processes.endLeftovers();
  const stores = await startStores({ dataDir });
  try {
    const kept = await Kept.open(dataDir);
    const settings = await settle({ dataDir, kept, stores });
    await processes.start(settings);
    if (await processes.ready(settings.PORT)) {
      const demo = await demoChannel({ kept, settings });
      tell({ kept, settings, demo });
    }
    return await processes.ended;
  } finally {
    await stores.stop();
  }
});
