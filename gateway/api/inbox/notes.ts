import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import type { Conversation } from '../../../models/inbox/conversation.ts';
import { addNote, type Note } from '../../../models/inbox/note.ts';
import type { Models } from '../../../models/index.ts';
import { idsOf } from '../../../models/merge/merged.ts';
import { actorOut } from '../contacts/contacts.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, objectId, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { decide } from './decide.ts';

const MOST_TEXT = 4_096;

export const noteBody = z.strictObject({ text: z.string().trim().min(1).max(MOST_TEXT) });
export const aNote = z.object({ id: z.string().max(64), noteId: objectId });

type NoteBody = z.output<typeof noteBody>;
type NoteParams = z.output<typeof aNote>;

/** Newest first. */
export async function listNotes(
  { workspaceId, params, query }: ApiRequest<{ id: string }, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const conversation = await models.conversations
    .findOne({ _id: params.id, workspaceId }, { mergedFrom: 1 })
    .lean<Conversation>();
  if (!conversation) throw new ApiError('not_found');
  const rows = await models.notes
    .find({ conversationId: { $in: idsOf(conversation) }, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Note[]>();
  return { status: 200, body: pageOf(rows, query.limit, noteJson, ({ _id }) => _id) };
}

export async function createNote(
  { workspaceId, auth, params, body }: ApiRequest<{ id: string }, unknown, NoteBody>,
  deps: ApiDeps,
): Promise<Result> {
  const given = { workspaceId, conversationId: params.id, text: body.text, by: actorOf(auth) };
  const note = await decide(deps, (session) => addNote(deps.models, given, session));
  tell(note, deps);
  return { status: 201, body: noteJson(note) };
}

/** By its author only. */
export async function editNote(
  request: ApiRequest<NoteParams, unknown, NoteBody>,
  deps: ApiDeps,
): Promise<Result> {
  const own = await ownNote(request, deps.models);
  const note = await deps.models.notes
    .findOneAndUpdate(
      { _id: own._id },
      { text: request.body.text, editedAt: new Date() },
      { returnDocument: 'after' },
    )
    .lean<Note>();
  if (!note) throw new ApiError('not_found');
  tell(note, deps);
  return { status: 200, body: noteJson(note) };
}

/** By its author only. */
export async function deleteNote(request: ApiRequest<NoteParams>, deps: ApiDeps): Promise<Result> {
  const note = await ownNote(request, deps.models);
  await deps.models.notes.deleteOne({ _id: note._id });
  tell(note, deps);
  return { status: 204 };
}

async function ownNote(
  { workspaceId, auth, params }: Pick<ApiRequest<NoteParams>, 'workspaceId' | 'auth' | 'params'>,
  models: Models,
): Promise<Note> {
  const which = { _id: params.noteId as ObjectId, conversationId: params.id, workspaceId };
  const note = await models.notes.findOne(which).lean<Note>();
  if (!note) throw new ApiError('not_found');
  const { type, id } = actorOf(auth);
  if (note.by.type !== type || note.by.id !== id) throw new ApiError('forbidden');
  return note;
}

function tell({ workspaceId, conversationId }: Note, { publish }: ApiDeps): void {
  publish(workspaceId.toString(), [{ type: 'conversation.changed', conversationId }]);
}

export const noteOut = z
  .strictObject({
    id: idOut,
    conversationId: idOut,
    text: z.string(),
    by: actorOut,
    at: timeOut,
    editedAt: timeOut.nullable(),
  })
  .meta({ id: 'Note' });

function noteJson({ _id, conversationId, text, by, at, editedAt }: Note) {
  return { id: _id, conversationId, text, by: { type: by.type, id: by.id }, at, editedAt };
}
