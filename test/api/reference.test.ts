import { expect } from 'chai';
import { TestApi } from '../support/api.ts';

const DOCS = '/api/v1/docs';

describe('the reference page', () => {
  let api: TestApi;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());

  it('When it is opened by anybody, then it asks for files of ours only, and all are there', async () => {
    const { status, headers, text } = await api.fetch('GET', DOCS);
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^text\/html/);
    const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file as string);
    expect(files).to.have.length(3);
    for (const file of files) {
      expect(file).to.match(/^\/api\/v1\/docs\//);
      const answer = await api.fetch('GET', file);
      expect(answer.status, file).to.equal(200);
      expect(answer.headers.get('content-type'), file).to.match(/javascript|css/);
    }
    const start = await api.fetch('GET', `${DOCS}/start.js`);
    expect(start.text)
      .to.include('"/api/v1/openapi.json"')
      .and.not.match(/https?:/);
  });

  it('When it is opened, then its policy lets nothing run or load but what is served here', async () => {
    const { headers, text } = await api.fetch('GET', DOCS);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy)
      .to.match(/default-src 'none'/)
      .and.match(/script-src 'self'(;|$)/);
    expect(policy).not.to.match(/unsafe|\*|https?:/);
    expect(text).not.to.match(/<script(?![^>]* src=)|<style| on\w+=/);
  });

  it('When another file is asked for, then there is none', async () => {
    for (const file of ['index.html', 'package.json', '..%2fpackage.json'])
      expect((await api.fetch('GET', `${DOCS}/${file}`)).status, file).to.equal(404);
  });

  it('When MongoDB is away, then it is there all the same', async () => {
    const cut = await TestApi.start(() => ({
      mongo: { name: 'mongodb', available: false } as TestApi['deps']['mongo'],
    }));
    try {
      expect((await cut.fetch('GET', DOCS)).status).to.equal(200);
      expect((await cut.fetch('GET', '/api/v1/openapi.json')).status).to.equal(200);
      expect((await cut.fetch('GET', '/api/v1/workspaces')).status).to.equal(503);
    } finally {
      await cut.stop();
    }
  });
});
