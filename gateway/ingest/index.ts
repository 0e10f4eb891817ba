import type { Queue } from 'bullmq';
import type { Logger } from '../../config/logger.ts';
import type { Settings } from '../../config/settings.ts';
import type { Blocklist } from '../../models/blocklist.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { createEdge } from './edge.ts';
import { createHandOver } from './hand-over.ts';
import { createIntake } from './intake.ts';
import { recipientFinder } from './recipients.ts';
import { Refusals } from './refusals.ts';
import { createScreen } from './screen.ts';

export interface IngestDeps {
  settings: Settings;
  models: Models;
  blocklist: Blocklist;
  queue: Queue<DeliverJob>;
  log: Logger;
  metrics: {
    onRefused(): void;
    onBatch(events: number): void;
    onAnswer(status: number, seconds: number): void;
  };
}

/** Puts the stages of the path together. */
export function createIngest({ settings, models, blocklist, queue, log, metrics }: IngestDeps) {
  const screen = createScreen(blocklist);
  const handOver = createHandOver(queue, log, (events) => metrics.onBatch(events));
  const refusals = new Refusals(handOver, log, () => metrics.onRefused());
  const edge = createEdge({
    findRecipient: recipientFinder(models, settings.ENCRYPTION_KEY),
    takeIn: createIntake({ screen, handOver, tally: (refusal) => refusals.add(refusal) }, settings),
    now: Date.now,
    publicBaseUrl: settings.PUBLIC_BASE_URL,
    log,
    onAnswer: (status, seconds) => metrics.onAnswer(status, seconds),
  });
  return { edge, refusals };
}
