import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { documentOf } from '../../gateway/api/reference/document.ts';
import { ROUTES } from '../../gateway/api/routes.ts';
import { TestApi } from '../support/api.ts';
import { assertDocumented } from '../support/documented.ts';

describe('the OpenAPI document', () => {
  let api: TestApi;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());

  it('When it is asked for by anybody, then it is what the route table says, and valid', async () => {
    const { status, headers, body } = await api.fetch('GET', '/api/v1/openapi.json');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^application\/json/);
    expect(body).to.deep.equal(JSON.parse(JSON.stringify(documentOf(ROUTES))));
    const { valid, errors } = await new Validator().validate(body);
    expect(errors).to.equal(undefined);
    expect(valid).to.equal(true);
  });

  it('When operations are named, then each has the name of its handler, and none has that of another', () => {
    const names = ROUTES.map(({ handle, method, path }) => ({ name: handle.name, method, path }));
    for (const { name, method, path } of names)
      expect(name, `${method} ${path}: name its handler`).to.match(/^[a-z]\w+$/);
    const twice = names.filter(({ name }) => names.filter((each) => each.name === name).length > 1);
    expect(twice).to.deep.equal([]);
  });

  it('When the routes have changed, then the types of the client have been made anew', async () => {
    const document = JSON.stringify(documentOf(ROUTES));
    const sha256 = createHash('sha256').update(document).digest('hex');
    const [head] = (await readFile('console/api/schema.ts', 'utf8')).split('\n', 1);
    expect(head, 'run `npm run client`').to.include(sha256);
  });

  it('When an error is documented, then with its own code and what it tells', async () => {
    const document = documentOf(ROUTES);
    const path = '/workspaces/{workspaceId}/conversations/{id}/messages';
    const { responses } = document.paths[path]?.post ?? {};
    expect(JSON.stringify(responses?.[409])).to.include('ContactBlocked');
    expect(document.components.schemas.ContactBlockedProblem?.required).to.include('block');
  });
});

describe('the check of answers', () => {
  const session = { expiresAt: '2026-01-01T00:00:00.000Z' };
  const wrongPassword = problemOf('invalid_credentials');
  const json = { 'content-type': 'application/json' };
  const problem = { 'content-type': 'application/problem+json' };

  function problemOf(code: string): object {
    return { type: `urn:videur:error:${code}`, title: 'x', status: 401, code };
  }

  function check(status: number, headers: Record<string, string>, body: unknown): void {
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = { status, headers: new Headers(headers), text };
    assertDocumented('POST', '/api/v1/auth/login', answer);
  }

  it('When an answer is as documented, then it passes', () => {
    check(200, json, session);
    check(401, problem, wrongPassword);
  });

  const wrong: [string, number, Record<string, string>, unknown, RegExp][] = [
    ['has a field too many', 200, json, { ...session, token: 1 }, /"token"/],
    ['has a field too few', 200, json, {}, /'expiresAt'/],
    ['has a time of another kind', 200, json, { expiresAt: '2026-01-01T00:00:00+02:00' }, /format/],
    ['has another status', 201, json, session, /no answer 201/],
    ['has no body', 200, {}, undefined, /no empty body/],
    ['has another type', 200, { 'content-type': 'text/html' }, session, /no text\/html/],
    ['is an error of another type', 401, json, wrongPassword, /must be application\/problem/],
    ['is an error of another call', 401, problem, problemOf('unauthenticated'), /\/code must be/],
    ['has the status of another call', 404, problem, problemOf('not_found'), /no answer 404/],
  ];
  for (const [what, status, headers, body, message] of wrong)
    it(`When an answer ${what}, then the test fails and says so`, () => {
      expect(() => check(status, headers, body)).to.throw(message);
    });

  it('When an unknown call is answered otherwise than 404, then the test fails', () => {
    const answer = { status: 200, headers: new Headers(json), text: '{}' };
    expect(() => assertDocumented('GET', '/api/v1/nothing', answer)).to.throw(/no such call/);
  });
});
