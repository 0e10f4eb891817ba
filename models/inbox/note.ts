import { type ClientSession, Schema } from 'mongoose';
import type { Actor } from '../contacts/contact.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { readConversation, type Which } from './conversation-change.ts';
import type { MessageMove } from './message.ts';

/**
 * What people and workflows write to each other beside a conversation. It is no message: it is never
 * sent, counts for nobody's activity, and opens nothing.
 */
export interface Note {
  _id: ObjectId;
  workspaceId: ObjectId;
  conversationId: string;
  text: string;
  by: Actor;
  at: Date;
  editedAt: Date | null;
  /** Where it was before contacts were merged, as a message's. */
  moves?: Omit<MessageMove, 'contactId'>[];
}

export const noteSchema = new Schema<Note>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    conversationId: { type: String, required: true },
    text: { type: String, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
    editedAt: { type: Date, default: null },
    moves: { type: [Schema.Types.Mixed], default: undefined },
  },
  { versionKey: false },
);
noteSchema.index({ conversationId: 1, _id: -1 });

/** Also beside the conversation of a blocked contact. Throws `NoConversation`. */
export async function addNote(
  models: Models,
  { text, by, ...which }: Which & { text: string; by: Actor },
  session: ClientSession,
): Promise<Note> {
  const { _id: conversationId, workspaceId } = await readConversation(models, which, session);
  const row = { workspaceId, conversationId, text, by, at: new Date() };
  const [written] = await models.notes.create([row], { session });
  if (!written) throw new Error('the note was not stored');
  return written.toObject();
}
