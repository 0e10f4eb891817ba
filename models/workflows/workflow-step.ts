import { z } from 'zod';
import { conditionShape, faultsOf, writableField } from './workflow-condition.ts';

/** As the API takes for a message. */
const MOST_TEXT = 4_096;
const MOST_URL = 2_048;
/** Characters of a request's body, as JSON. */
const MOST_BODY = 16_384;
const MOST_CONDITIONS = 20;
const DAY_S = 24 * 3_600;
const MOST_WAIT_S = 366 * DAY_S;

/** Where a branch may go that is no step. */
export const END = 'end';

const id = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must have 1 to 64 letters, digits, _ or -')
  .refine((value) => value !== END, `must not be "${END}"`);
const text = z
  .string()
  .max(MOST_TEXT)
  .refine((value) => value.trim() !== '', 'must not be empty');
const tag = z.string().trim().min(1).max(100);
const anId = z.string().regex(/^[0-9a-f]{24}$/, 'must be an id');
const seconds = z.int().min(0).max(MOST_WAIT_S);
const target = z.string().max(64);

const condition = z
  .strictObject({ ...conditionShape, goto: target })
  .superRefine((given, context) => {
    for (const [part, message] of faultsOf(given))
      context.addIssue({ code: 'custom', path: [part], message });
  });

function step<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.strictObject({ id, type: z.literal(type), ...shape });
}

export const stepSchema = z.discriminatedUnion('type', [
  step('send_message', { text }),
  step('ask_question', {
    text,
    saveTo: writableField,
    timeoutSeconds: seconds.min(1).default(DAY_S),
  }),
  step('wait', { seconds }),
  step('branch', {
    conditions: z.array(condition).min(1).max(MOST_CONDITIONS),
    else: target.optional(),
  }),
  step('add_tag', { tag }),
  step('remove_tag', { tag }),
  step('set_field', {
    field: writableField,
    value: z.union([z.string().max(MOST_TEXT), z.number(), z.boolean(), z.null()]),
  }),
  step('assign', { userId: anId.nullable() }),
  step('add_note', { text }),
  step('open_conversation', {}),
  step('close_conversation', {}),
  step('snooze_conversation', { seconds: seconds.min(1) }),
  step('http_request', {
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .max(MOST_URL)
      .refine(hasNoPassword, 'must not have a user or a password'),
    body: z
      .unknown()
      .refine((body) => (JSON.stringify(body) ?? '').length <= MOST_BODY, 'is too long')
      .optional(),
    saveTo: writableField.optional(),
  }),
  step('trigger_workflow', { workflowId: anId }),
  step('block_contact', {
    reason: z.string().trim().max(500).nullable().optional(),
    expiresInSeconds: seconds.min(1).nullable().optional(),
  }),
]);
export type Step = z.output<typeof stepSchema>;
export type StepType = Step['type'];
export type StepOf<Type extends StepType> = Extract<Step, { type: Type }>;

function hasNoPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username === '' && password === '';
}
