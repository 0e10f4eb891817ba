import type { ClientSession } from 'mongoose';
import type { Contact } from '../../models/contacts/contact.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { Models } from '../../models/index.ts';
import type { EndReason, Phase, WorkflowRun } from '../../models/workflows/workflow-run.ts';
import type { Step } from '../../models/workflows/workflow-step.ts';

/** What a step is given: it does what it does in the transaction in which the run goes on. */
export interface StepContext {
  models: Models;
  run: WorkflowRun;
  /** As it is in this transaction, which holds it: nobody blocks it meanwhile. */
  contact: Contact;
  session: ClientSession;
  now: Date;
}

/** What came of a step, in a fixed word. */
export type Progress =
  /** It is done. The run goes on with the next one or, from a branch, another. */
  | { result: string; goto?: string; sends?: Message }
  /** It was begun and waits; until then at most. */
  | { result: string; phase: NonNullable<Phase>; dueAt: Date; sends?: Message }
  | { end: EndReason; result?: string };

/** A step that cannot be done: the run ends with it. The word is fixed. */
export class StepFailed extends Error {
  constructor(readonly result: string) {
    super(`the step cannot be done: ${result}`);
    this.name = 'StepFailed';
  }
}

export type StepHandlers = {
  [Type in Step['type']]: (
    step: Extract<Step, { type: Type }>,
    context: StepContext,
  ) => Progress | Promise<Progress>;
};
