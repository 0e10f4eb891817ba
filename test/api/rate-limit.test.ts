import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';
import { awayRedis } from '../support/stores.ts';

const LIMIT = 3;

describe('the limit on calls', () => {
  for (const [where, redis] of [
    ['in Redis', undefined],
    ['while Redis is away', awayRedis],
  ] as const)
    describe(where, () => {
      let api: TestApi;
      let workspaceId: ObjectId;
      before(async () => {
        api = await TestApi.start(({ settings }) => ({
          settings: { ...settings, API_CALLS_PER_MINUTE: LIMIT },
          ...(redis && { redis: redis() }),
        }));
        workspaceId = await api.workspace();
      });
      after(() => api.stop());

      const call = (key: string) => api.call('GET', `/workspaces/${workspaceId}/mac`, { key });

      it('When a key calls too often, then it is told so and when to come back, and others are not', async () => {
        const [key, other] = [await api.key(workspaceId), await api.key(workspaceId)];
        for (let n = 1; n <= LIMIT; n += 1) {
          const { status, headers } = await call(key);
          expect(status).to.equal(200);
          expect(headers.get('ratelimit-policy')).to.equal('"calls";q=3;w=60');
          expect(headers.get('ratelimit')).to.match(new RegExp(`^"calls";r=${LIMIT - n};t=\\d+$`));
        }
        const refused = await call(key);
        expect([refused.status, refused.body.code]).to.deep.equal([429, 'too_many_requests']);
        expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
        expect(refused.headers.get('ratelimit')).to.match(/^"calls";r=0;t=\d+$/);
        expect((await call(other)).status).to.equal(200);
      });
    });
});
