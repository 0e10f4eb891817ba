import mongoose from 'mongoose';
import { describeError, type Logger } from '../../config/logger.ts';
import { isMongoAway } from '../../config/mongo.ts';
import { ChannelTypes } from '../../models/channel/channel-types.ts';
import { OutcomeCounter } from '../../models/delivery/outcome-counter.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { bringToDeadLetters } from './dead-letters.ts';
import { halvesOf, sizeOf, split } from './halves.ts';

type Deliver = (jobs: DeliverJob[]) => Promise<void>;

/**
 * Delivers all that can be stored, whatever is among it: what fails is halved until the events that
 * cannot be stored stand alone, and those go to the dead letters. A batch that is halved once is
 * halved for ever, so that a run that is cut off and made again counts nothing twice.
 */
export function settingAside(
  deliver: Deliver,
  { models, log }: { models: Models; log: Logger },
): Deliver {
  const counter = new OutcomeCounter(models, new ChannelTypes(models));

  const deliverAll: Deliver = async (jobs) => {
    try {
      await deliver(jobs);
    } catch (error) {
      if (!isPoison(error)) throw error;
      await apart(jobs, error);
    }
  };

  const apart = async (jobs: DeliverJob[], error: unknown): Promise<void> => {
    const [job] = jobs;
    if (!job) return;
    if (jobs.length > 1) {
      const half = Math.ceil(jobs.length / 2);
      await deliverAll(jobs.slice(0, half));
      await deliverAll(jobs.slice(half));
    } else if (sizeOf(job) > 1) {
      await split(models, job);
      for (const half of halvesOf(job)) await deliverAll([half]);
    } else {
      await bringToDeadLetters(models, job, error, counter).catch((failure) => {
        // Another worker was faster with the same batch.
        if (!isDuplicateKey(failure)) throw failure;
      });
      log.error('event.dead_lettered', { batchId: job.batchId, ...describeError(error) });
    }
  };

  return deliverAll;
}

/**
 * Server codes that speak of the document and not of the server: bad value, no such key, type mismatch,
 * not valid BSON, too large, refused by a validator.
 * https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const OF_THE_DOCUMENT = new Set([2, 9, 14, 22, 28, 40, 52, 57, 59, 66, 121, 10334, 17280, 17419]);

/** Ours, and meant to be tried again. */
const TRY_AGAIN = new Set(['Outdated', 'DeliveryRevoked', 'AbortError']);

/**
 * Whether trying again would fail again. Any fault of this program counts, as does what MongoDB says of
 * the document; what it says of itself does not, or an outage would end in dead letters.
 */
export function isPoison(error: unknown): boolean {
  if (!(error instanceof Error) || TRY_AGAIN.has(error.name) || isMongoAway(error)) return false;
  const { mongo } = mongoose;
  if (error instanceof mongo.MongoServerError) return OF_THE_DOCUMENT.has(Number(error.code));
  return !(error instanceof mongo.MongoError) || error instanceof mongo.MongoInvalidArgumentError;
}
