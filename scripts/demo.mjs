import { resolve } from 'node:path';
import { ROOT } from './root.mjs';
import { main, Refusal } from './run.mjs';
import { api } from './start/api.mjs';
import { deliver, SENDER } from './start/demo-delivery.mjs';
import { Kept } from './start/kept.mjs';
import { until } from './stores/until.mjs';

const USAGE = 'node scripts/demo.mjs deliver [text] | inbox | block | unblock';

await main(async () => {
  const { values } = await Kept.open(resolve(ROOT, process.env.DATA_DIR || '.data'));
  if (!values.demo) throw new Refusal('There is no demo channel yet: `npm start` makes it.');

  const [verb, text = 'Hello'] = process.argv.slice(2);
  const call = api(values);
  const workspace = `/workspaces/${values.demo.workspaceId}`;
  const verbs = {
    deliver: async () => {
      const before = await countEvents(call, workspace);
      console.log('answered', (await deliver(values, text)).status);
      // What was refused is counted every second, so that `inbox` has it.
      await until(async () => (await countEvents(call, workspace)) > before, { seconds: 10 });
    },
    inbox: () => showInbox(call, workspace),
    block: () => change(call, workspace, 'block', { reason: 'demonstration' }),
    unblock: () => change(call, workspace, 'unblock'),
  };
  if (!verbs[verb]) throw new Refusal(USAGE);
  await verbs[verb]();
  return 0;
});

async function countEvents(call, workspace) {
  const { totals } = await call('GET', `${workspace}/outcomes`);
  return Object.values(totals).reduce((sum, count) => sum + count, 0);
}

async function showInbox(call, workspace) {
  for (const inbox of ['all', 'blocked']) {
    const { items } = await call('GET', `${workspace}/conversations?inbox=${inbox}`);
    console.log(`inbox ${inbox}: ${items.length} conversation(s)`);
    for (const { id, status } of items) {
      console.log(`  conversation ${id}, ${status}`);
      const messages = await call('GET', `${workspace}/conversations/${id}/messages`);
      for (const { at, direction, text } of messages.items)
        console.log(`    ${at} ${direction} ${text}`);
    }
  }
  const { refused } = (await findSender(call, workspace)) ?? {};
  if (refused) console.log(`refused at the door from ${SENDER.name}: ${refused.count}`);
}

async function change(call, workspace, action, body) {
  const sender = await findSender(call, workspace);
  if (!sender) throw new Refusal(`${SENDER.name} has not written yet: deliver a message first.`);
  const { blocked } = await call('POST', `${workspace}/contacts/${sender.id}/${action}`, body);
  console.log(`${SENDER.name} is ${blocked ? 'blocked' : 'not blocked'}`);
}

async function findSender(call, workspace) {
  const { items } = await call('GET', `${workspace}/contacts?limit=200`);
  return items.find(({ identities }) =>
    identities.some((urn) => String(urn).includes(SENDER.waId)),
  );
}
