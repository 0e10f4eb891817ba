import type { ChildProcess } from 'node:child_process';
import { freePort } from '#stores';
import { type TestChannel, World } from '../support/world.ts';

/** Two gateways and two workers on stores of their own. */
export interface Site {
  world: World;
  channel: TestChannel;
  gateways: { port: number; process: ChildProcess }[];
  workers: ChildProcess[];
}

export async function openSite(dist?: string): Promise<Site> {
  const world = await World.start({ ownMongo: true, ...(dist && { dist }) });
  const [gateway, worker] = world.processes as [ChildProcess, ChildProcess];
  const port = await freePort();
  const second = await world.startGateway(port);
  return {
    world,
    channel: await world.whatsapp('111'),
    gateways: [
      { port: world.port, process: gateway },
      { port, process: second },
    ],
    workers: [worker, world.startWorker()],
  };
}
