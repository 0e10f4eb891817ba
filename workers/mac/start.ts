import type { Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { Models } from '../../models/index.ts';
import { signOff } from '../../models/mac/sign-off.ts';
import type { Workspace } from '../../models/people/workspace.ts';
import { everyWhile } from '../sweep.ts';
import { recountNightly } from './recounts.ts';
import { tellThresholds } from './thresholds.ts';

const LOOK_AT_LIMITS_EVERY_MS = 2_000;
const LOOK_AT_CYCLES_EVERY_MS = 60_000;

export interface MacDeps {
  models: Models;
  mongo: MongoStore;
  log: Logger;
}

/** What is done for MAC beside counting: limits that are reached, recounts, cycles that are over. */
export function startMac({ models, mongo, log }: MacDeps): { stop(): Promise<void> } {
  const limits = { name: 'mac_limits', everyMs: LOOK_AT_LIMITS_EVERY_MS, log };
  const cycles = { name: 'mac_cycles', everyMs: LOOK_AT_CYCLES_EVERY_MS, log };
  const sweeps = [
    everyWhile(mongo, limits, () => tellThresholds(models, Date.now())),
    everyWhile(mongo, cycles, async (signal) => {
      for await (const workspace of models.workspaces.find().lean<Workspace>().cursor()) {
        if (signal.aborted) return;
        await recountNightly(models, workspace, { now: Date.now(), log });
        await signOff(models, workspace, Date.now());
      }
    }),
  ];
  return {
    async stop() {
      await Promise.all(sweeps.map((sweep) => sweep.stop()));
    },
  };
}
