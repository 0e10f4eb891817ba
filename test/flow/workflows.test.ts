import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { until } from '../support/until.ts';
import { type Json, World } from '../support/world.ts';

describe('Workflows', function () {
  this.timeout(120_000);
  let world: World;
  let provider: FakeProvider;
  before(async () => {
    provider = await FakeProvider.start();
    world = await World.start({ env: { ALLOW_PRIVATE_OUTBOUND: 'true' } });
  });
  after(async () => {
    await world.stop();
    await provider.stop();
  });

  const runsOf = async (contactId: string): Promise<Json[]> =>
    await world.list(`${world.workspace}/workflow-runs?contactId=${contactId}`);

  it('When a message comes, then its workflow answers; when its contact is blocked, then what waits ends, and a shortcut says where it stops', async () => {
    const channel = await world.custom(provider);
    const define = async (trigger: object, steps: object[]): Promise<string> => {
      const given = { name: 'Test', trigger, steps };
      const { status, body } = await world.api('POST', `${world.workspace}/workflows`, given);
      expect(status, JSON.stringify(body)).to.equal(201);
      return body.id;
    };
    const greeting = await define({ type: 'message_received' }, [
      { id: 'tag', type: 'add_tag', tag: 'wrote' },
      { id: 'hello', type: 'send_message', text: 'w1' },
      { id: 'wait', type: 'wait', seconds: 3_600 },
      { id: 'again', type: 'send_message', text: 'w2' },
    ]);
    const shortcut = await define({ type: 'shortcut' }, [
      { id: 'tag', type: 'add_tag', tag: 'seen' },
      { id: 'say', type: 'send_message', text: 'w3' },
    ]);
    const body = customBody('person', [custom.text({ mId: 'm1', text: 'Hello' })]);
    for (let times = 0; times < 2; times += 1)
      expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    await world.settled(2);
    const { id } = await world.contact(`custom:${channel.id}/person`);
    await provider.asked('w1');
    const waiting = await until('the run to wait', async () =>
      (await runsOf(id)).find(({ status }) => status === 'waiting'),
    );
    expect(waiting).to.deep.include({ workflowId: greeting, trigger: 'message_received' });
    expect(await runsOf(id)).to.have.length(1);

    expect((await world.block(id)).status).to.equal(200);
    const [stopped] = await runsOf(id);
    expect([stopped.status, stopped.end]).to.deep.equal([
      'stopped',
      { reason: 'contact_blocked', stepId: 'wait' },
    ]);
    const launched = await world.api('POST', `${world.workspace}/workflows/${shortcut}/launch`, {
      contactId: id,
    });
    expect(launched.status).to.equal(201);
    const path = `${world.workspace}/workflow-runs/${launched.body.id}`;
    const ended = await until('the shortcut to end', async () => {
      const { body: run } = await world.api('GET', path);
      return run.end && run;
    });
    expect([ended.status, ended.end]).to.deep.equal([
      'stopped',
      { reason: 'contact_blocked', stepId: 'say' },
    ]);
    expect((await world.contact(`custom:${channel.id}/person`)).tags).to.deep.equal([
      'wrote',
      'seen',
    ]);
    expect([
      provider.of('w1').length,
      provider.of('w2').length,
      provider.of('w3').length,
    ]).to.deep.equal([1, 0, 0]);
  });
});
