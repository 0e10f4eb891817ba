import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { ROOT } from './root.mjs';
import { main, must } from './run.mjs';

/** Writes the types of the console's client anew, from the OpenAPI document of the routes as they are. */
await main(async () => {
  await install();
  // It may fail for want of what is written here; the gateway is compiled all the same.
  await build().catch(() => console.log('Going on: new types may mend it.'));
  await must('npm ci', 'npm', ['ci', '--prefix', join(ROOT, 'scripts/client')]);
  const { documentOf } = await import('../dist/gateway/api/reference/document.js');
  const { ROUTES } = await import('../dist/gateway/api/routes.js');
  const { typesOf } = await import('./client/write.mjs');
  const document = documentOf(ROUTES);
  await writeFile(
    join(ROOT, 'console/api/schema.ts'),
    headOf(document) + (await typesOf(document)),
  );
});

/** Says what it was made from, so that a test can tell when it is out of date. */
function headOf(document) {
  const sha256 = createHash('sha256').update(JSON.stringify(document)).digest('hex');
  return `// Made by \`npm run client\` from the OpenAPI document ${sha256}\n\n`;
}
