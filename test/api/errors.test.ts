import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ERRORS } from '../../gateway/api/shell/errors.ts';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

describe('errors', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
  });
  after(() => api.stop());

  it('When docs/errors.md is read, then it lists exactly the errors of the table', async () => {
    const page = await readFile('docs/errors.md', 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)].map(
      ([, code, status, title, when]) => [code, { status: Number(status), title, when }],
    );
    expect(Object.fromEntries(rows)).to.deep.equal(ERRORS);
  });

  it('When the path is unknown, then the answer is a problem with every member', async () => {
    for (const path of ['/api/v1/nothing', '/nothing', '/api/v1/workspaces/%E0%A4%A']) {
      const { status, headers, body } = await api.fetch('GET', path, { key });
      expect(status, path).to.equal(404);
      expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
      expect(body).to.deep.equal({
        type: 'urn:videur:error:not_found',
        title: ERRORS.not_found.title,
        status: 404,
        code: 'not_found',
      });
    }
  });

  it('When the body is not JSON, then 400 invalid_json', async () => {
    const { status, body } = await api.call('POST', '/auth/login', { body: '{"email":' });
    expect([status, body.code]).to.deep.equal([400, 'invalid_json']);
  });

  it('When the body is larger than 1 MB, then 413', async () => {
    const email = 'x'.repeat(1_100_000);
    const { status, body } = await api.call('POST', '/auth/login', { body: { email } });
    expect([status, body.code]).to.deep.equal([413, 'body_too_large']);
  });

  it('When the body is of another type, then 415', async () => {
    const headers = { 'content-type': 'text/plain' };
    const { status, body } = await api.call('POST', '/auth/login', { body: '{}', headers });
    expect([status, body.code]).to.deep.equal([415, 'unsupported_media_type']);
  });

  it('When fields are wrong, then 422 names them without their values', async () => {
    const path = `/workspaces/${workspaceId}/api-keys`;
    const sent = { name: 7_777_777, scopes: ['secret-value'] };
    const { status, body, text } = await api.call('POST', path, { key, body: sent });
    expect([status, body.code]).to.deep.equal([422, 'invalid_request']);
    expect(body.errors.map((fault: { path: string }) => fault.path)).to.deep.equal([
      'name',
      'scopes.0',
    ]);
    expect(text).not.to.match(/7777777|secret-value/);
  });

  it('When a fault of ours happens, then 500 tells nothing and the log its kind only', async () => {
    const broken = await TestApi.start(({ models }) => ({
      models: {
        ...models,
        workspaces: {
          find: () => {
            throw new TypeError('secret +33612345678');
          },
        } as unknown as typeof models.workspaces,
      },
    }));
    try {
      const id = await broken.workspace();
      const answer = await broken.call('GET', '/workspaces', { key: await broken.key(id) });
      expect([answer.status, answer.body.code]).to.deep.equal([500, 'internal_error']);
      const logged = broken.lines.filter(({ event }) => event === 'api.failed');
      expect(logged).to.have.length(1);
      expect(logged[0]?.fields).to.include({ error: 'TypeError' });
      expect(JSON.stringify(logged) + answer.text).not.to.match(/secret|336/);
    } finally {
      await broken.stop();
    }
  });
});
