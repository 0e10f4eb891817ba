import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { OutgoingEvent, OutgoingType } from './outgoing-event.ts';

const DAY_MS = 24 * 3_600_000;
/** Long enough to mend a receiver that was disabled, and have what waits go out. */
const KEPT_MS = 14 * DAY_MS;
/** Of what has arrived. */
const DELIVERED_KEPT_MS = 3 * DAY_MS;

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed'] as const;

/** One event on its way to one webhook, and afterwards a line of its log. Nothing that people have written. */
export interface WebhookDelivery {
  _id: ObjectId;
  workspaceId: ObjectId;
  webhookId: ObjectId;
  eventId: string;
  type: OutgoingType;
  data: OutgoingEvent['data'];
  /** The event's time. */
  at: Date;
  status: (typeof DELIVERY_STATUSES)[number];
  attempts: number;
  /** While it waits: not before. During an attempt: when that must be over. */
  dueAt?: Date;
  lastAttemptAt: Date | null;
  /** What the last attempt was answered with, or why there was no answer. */
  lastCode: number | null;
  failure: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export const webhookDeliverySchema = new Schema<WebhookDelivery>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    webhookId: { type: Schema.Types.ObjectId, required: true },
    eventId: { type: String, required: true },
    type: { type: String, required: true },
    data: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
    status: { type: String, enum: DELIVERY_STATUSES, required: true },
    attempts: { type: Number, required: true },
    dueAt: Date,
    lastAttemptAt: { type: Date, default: null },
    lastCode: { type: Number, default: null },
    failure: { type: String, default: null },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
// An event that is handed out twice is one delivery.
webhookDeliverySchema.index({ webhookId: 1, eventId: 1 }, { unique: true });
webhookDeliverySchema.index({ webhookId: 1, _id: -1 });
webhookDeliverySchema.index(
  { webhookId: 1, dueAt: 1 },
  { partialFilterExpression: { dueAt: { $type: 'date' } } },
);
webhookDeliverySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function newDelivery(
  { _id: eventId, workspaceId, type, data, at }: OutgoingEvent,
  webhookId: ObjectId,
): Omit<WebhookDelivery, '_id'> {
  const now = Date.now();
  return {
    ...{ workspaceId, webhookId, eventId, type, data, at },
    status: 'waiting',
    attempts: 0,
    dueAt: new Date(now),
    lastAttemptAt: null,
    lastCode: null,
    failure: null,
    createdAt: new Date(now),
    expiresAt: new Date(now + KEPT_MS),
  };
}

/** What makes one wait again, whatever had become of it. */
export function sendAgain(now: number) {
  return {
    status: 'waiting',
    dueAt: new Date(now),
    expiresAt: new Date(now + KEPT_MS),
  } as const;
}

/** When one is forgotten that has arrived at this time (ms). */
export function deliveredUntil(now: number): Date {
  return new Date(now + DELIVERED_KEPT_MS);
}
