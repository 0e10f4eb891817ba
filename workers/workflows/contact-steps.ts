import type { ClientSession } from 'mongoose';
import type { Contact, FieldValue } from '../../models/contacts/contact.ts';
import {
  CONTACT_TEXTS,
  type ContactChange,
  changeContactIn,
  OutOfBounds,
} from '../../models/contacts/contact-change.ts';
import type { Models } from '../../models/index.ts';
import { fieldNamed } from '../../models/workflows/workflow-condition.ts';
import type { WorkflowRun } from '../../models/workflows/workflow-run.ts';
import { type StepContext, StepFailed, type StepHandlers } from './progress.ts';

const MOST_TEXT = 200;

/** The same changes that people make, by the run. */
export const contactSteps: Pick<StepHandlers, 'add_tag' | 'remove_tag' | 'set_field'> = {
  async add_tag({ tag }, context) {
    if (context.contact.tags.includes(tag)) return { result: 'unchanged' };
    await change(context, { tags: { add: [tag] } });
    return { result: 'added' };
  },
  async remove_tag({ tag }, context) {
    if (!context.contact.tags.includes(tag)) return { result: 'unchanged' };
    await change(context, { tags: { remove: [tag] } });
    return { result: 'removed' };
  },
  async set_field({ field, value }, context) {
    await setField(context, field, value);
    return { result: 'set' };
  },
};

/** Sets a field of the contact; `null` takes it away. */
export async function setField(
  context: Pick<StepContext, 'models' | 'run' | 'session'>,
  name: string,
  value: FieldValue | null,
): Promise<void> {
  const field = fieldNamed(name);
  const own = field.startsWith('fields.') ? field.slice('fields.'.length) : undefined;
  if (own !== undefined) await change(context, { fields: { [own]: value } });
  else if (isText(field)) {
    const text = value === null ? null : String(value).slice(0, MOST_TEXT);
    await change(context, { texts: { [field]: text } });
  } else throw new StepFailed('no_such_field');
}

async function change(
  { models, run, session }: { models: Models; run: WorkflowRun; session: ClientSession },
  what: ContactChange,
): Promise<Contact | null> {
  try {
    return await changeContactIn(models, run, what, session);
  } catch (error) {
    throw error instanceof OutOfBounds ? new StepFailed(`too_many_${error.what}`) : error;
  }
}

function isText(field: string): field is (typeof CONTACT_TEXTS)[number] {
  return (CONTACT_TEXTS as readonly string[]).includes(field);
}
