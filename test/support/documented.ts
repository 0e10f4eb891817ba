import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema, Response } from '../../gateway/api/reference/components.ts';
import {
  API_PATH,
  documentOf,
  type OpenApiDocument,
} from '../../gateway/api/reference/document.ts';
import { ROUTES } from '../../gateway/api/routes.ts';

interface GivenAnswer {
  status: number;
  headers: Headers;
  text: string;
}

const PROBLEM = 'application/problem+json';
/** Ours are in UTC, to the millisecond. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @throws when the OpenAPI document does not say that this call may be answered like this */
export function assertDocumented(method: string, path: string, answer: GivenAnswer): void {
  const fault = faultOf(method.toLowerCase(), new URL(path, 'http://x').pathname, answer);
  if (fault)
    throw new Error(
      `${method} ${path} was answered ${answer.status} ${answer.text.slice(0, 2_000)}\n${fault}`,
    );
}

/** The description itself is not in it. */
const REFERENCE = /^\/api\/v1\/(docs|openapi\.json)(\/|$)/;

function faultOf(method: string, path: string, answer: GivenAnswer): string | undefined {
  if (!path.startsWith(`${API_PATH}/`) || REFERENCE.test(path)) return undefined;
  const template = templateOf(method, path);
  if (!template) return answer.status === 404 ? undefined : 'The document has no such call.';
  const { status } = answer;
  const response = responseOf(method, template, status);
  if (!response)
    return `The document has no answer ${status} for it: name it in the route's \`answers\`, or its code in \`errors\`.`;
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] as string;
  if (status >= 400 && type !== PROBLEM) return `An error must be ${PROBLEM}.`;
  if (!response.content) return answer.text === '' ? undefined : 'The document says: no body.';
  const content = response.content[type];
  if (!content) return `The document has no ${type || 'empty body'} for status ${status}.`;
  return /json$/.test(type) ? mismatchOf(content.schema, JSON.parse(answer.text)) : undefined;
}

function responseOf(method: string, template: string, status: number): Response | undefined {
  const { paths, components } = reference();
  const response = paths[template]?.[method]?.responses[status];
  return response && '$ref' in response
    ? components.responses[response.$ref.split('/').at(-1) as string]
    : response;
}

function mismatchOf(schema: JsonSchema, body: unknown): string | undefined {
  const validate = validatorOf(schema);
  if (validate(body)) return undefined;
  return `The document says otherwise:\n${validate.errors?.map(lineOf).join('\n')}`;
}

function lineOf({ instancePath, message, params }: ErrorObject): string {
  return `  ${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
}

/** Which path of the document a call is for, as the server finds it: the first in the table. */
function templateOf(method: string, path: string): string | undefined {
  return Object.entries(reference().paths).find(
    ([template, item]) => item[method] && patternOf(template).test(path),
  )?.[0];
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${API_PATH}${template.replace(/\{\w+\}/g, '[^/]+')}$`);
}

let made: OpenApiDocument | undefined;

function reference(): OpenApiDocument {
  made ??= documentOf(ROUTES);
  return made;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addFormat('date-time', TIME);
ajv.addKeyword('components');

const validators = new WeakMap<JsonSchema, ValidateFunction>();

/** Made when an answer needs it, and kept. */
function validatorOf(schema: JsonSchema): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const { components } = reference();
  const validate = ajv.compile({ ...schema, components: { schemas: components.schemas } });
  validators.set(schema, validate);
  return validate;
}
