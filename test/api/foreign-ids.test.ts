import { expect } from 'chai';
import { z } from 'zod';
import { ROUTES } from '../../gateway/api/routes.ts';
import type { Route } from '../../gateway/api/shell/route.ts';
import { stableId, Types } from '../../models/ids.ts';
import { type Answer, TestApi } from '../support/api.ts';
import { Place } from '../support/things.ts';

interface Sample {
  query?: Record<string, string>;
  body?: object;
}

const inAnHour = new Date(Date.now() + 3_600_000).toISOString();

/**
 * What routes with ids need besides those in their path, to be answered well. A route that takes a body
 * or names an id in its body or query has its line here; ids in it are of things of the place.
 */
const SAMPLES: Record<string, (place: Place) => Sample | Promise<Sample>> = {
  'patch W/users/:id': () => ({ body: { name: 'Renamed' } }),
  'patch W/channels/:id': () => ({ body: { name: 'Renamed' } }),
  'get W/contacts': async (place) => ({ query: { segment: await place.one('segments') } }),
  'patch W/contacts/:id': () => ({ body: { firstName: 'Ada' } }),
  'patch W/segments/:id': () => ({ body: { name: 'Renamed' } }),
  'post W/contacts/:id/block': () => ({ body: {} }),
  'post W/contacts/:id/unblock': () => ({ body: {} }),
  'get W/conversations': async (place) => {
    const id = await place.one('conversations');
    const row = await place.api.models.conversations.findById(id).lean();
    return { query: { channelId: `${row?.channelId}`, contactId: `${row?.contactId}` } };
  },
  'post W/conversations/:id/notes': () => ({ body: { text: 'Hello' } }),
  'patch W/conversations/:id/notes/:noteId': () => ({ body: { text: 'Hello again' } }),
  'post W/conversations/:id/snooze': () => ({ body: { until: inAnHour } }),
  'post W/conversations/:id/assign': async (place) => ({
    body: { userId: await place.one('users') },
  }),
  'post W/contacts/merge': mergeSample,
  'post W/contacts/merge/preview': mergeSample,
  'post W/conversations/:id/messages': () => ({ body: { text: 'Hello' } }),
  'post W/conversations/:id/block': () => ({ body: {} }),
  'post W/conversations/:id/unblock': () => ({ body: {} }),
  'patch W/webhooks/:id': () => ({ body: { enabled: false } }),
  'get W/outcomes': async (place) => {
    const to = new Date();
    to.setUTCMinutes(60, 0, 0);
    return { query: { to: to.toISOString(), channelId: await place.one('channels') } };
  },
  'post W/workflows': workflowSample,
  'put W/workflows/:id': workflowSample,
  'post W/workflows/:id/launch': async (place) => {
    const conversationId = await place.one('conversations');
    const { conversations } = place.api.models;
    const conversation = await conversations.findById(conversationId).lean();
    return { body: { contactId: `${conversation?.contactId}`, conversationId } };
  },
  'get W/workflow-runs': async (place) => {
    await place.one('workflow-runs');
    const [contactId, workflowId] = [await place.one('contacts'), await place.one('workflows')];
    return { query: { contactId, workflowId } };
  },
};

async function mergeSample(place: Place): Promise<Sample> {
  const [primaryId, secondaryId] = [await place.one('contacts'), await place.one('contacts', 'b')];
  return { body: { primaryId, secondaryId } };
}

async function workflowSample(place: Place): Promise<Sample> {
  const steps = [
    { id: 's1', type: 'assign', userId: await place.one('users') },
    { id: 's2', type: 'trigger_workflow', workflowId: await place.one('workflows') },
  ];
  return { body: { name: 'Workflow', trigger: { type: 'shortcut' }, steps } };
}

const W = '/workspaces/:workspaceId';
const nameOf = ({ method, path }: Route) => `${method} ${path.replace(W, 'W')}`;

/** A request that can be sent: the ids of its path by name, and the rest. */
interface Call extends Sample {
  params: Record<string, string>;
}

/** Where in a call something is: `['body', 'assigneeId']`. */
type Where = string[];

/** The names of fields that hold ids of things, wherever they are in a schema. */
function idFieldsOf(schema: z.ZodType | undefined): Set<string> {
  const names = new Set<string>();
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties')
        for (const name of Object.keys(value)) if (/(Id|Ids|^ids)$/.test(name)) names.add(name);
      look(value);
    }
  };
  if (schema) look(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return names;
}

const paramsOf = ({ path }: Route) =>
  [...path.replace(W, '').matchAll(/([\w-]+)\/:(\w+)/g)].map(([, kind, name]) => ({
    kind: kind as string,
    name: name as string,
  }));

async function callOf(route: Route, place: Place): Promise<Call> {
  const params: Call['params'] = {};
  for (const { kind, name } of paramsOf(route)) params[name] = await place.one(kind);
  return { params, ...(await SAMPLES[nameOf(route)]?.(place)) };
}

/** Where two calls that were made alike differ: that is where the ids are. */
function* differences(one: unknown, other: unknown, where: Where = []): Generator<Where> {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    if (one !== other) yield where;
    return;
  }
  for (const [key, value] of Object.entries(one))
    yield* differences(value, (other as Record<string, unknown>)[key], [...where, key]);
}

function at(value: unknown, where: Where): string {
  return where.reduce((inner, key) => (inner as Record<string, unknown>)[key], value) as string;
}

/** The call with another id in that place. */
function withId(call: Call, where: Where, id: string): Call {
  const changed = structuredClone(call);
  const parent = where.slice(0, -1).reduce((inner: unknown, key) => {
    return (inner as Record<string, unknown>)[key];
  }, changed) as Record<string, string>;
  parent[where.at(-1) ?? ''] = id;
  return changed;
}

/** An id of the same form that names nothing. */
const nothing = (id: string) =>
  id.length === 24 ? new Types.ObjectId().toString() : stableId(new Types.ObjectId().toString());

describe('ids of another workspace', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());

  async function ask(route: Route, place: Place, { params, query, body }: Call): Promise<Answer> {
    const path = route.path.replace(/:(\w+)/g, (_, name) =>
      name === 'workspaceId' ? place.workspaceId.toString() : (params[name] as string),
    );
    return await api.call(route.method.toUpperCase(), `${path}?${new URLSearchParams(query)}`, {
      session: place.session,
      ...(body && { body }),
    });
  }

  for (const route of ROUTES) {
    const fields = [...idFieldsOf(route.query), ...idFieldsOf(route.body)];
    if (paramsOf(route).length + fields.length === 0) continue;

    it(`When ${nameOf(route)} names something of another workspace, then it is as if it were not there`, async () => {
      const [here, there] = [await Place.make(api), await Place.make(api)];
      const [own, foreign] = [await callOf(route, here), await callOf(route, there)];
      const places = [...differences(own, foreign)];
      const named = places.map((where) => where.filter((key) => !/^\d+$/.test(key)).at(-1));
      expect(named, 'ids in the sample').to.include.members(fields);
      expect(route.body === undefined || own.body !== undefined, 'a sample of the body').to.equal(
        true,
      );

      for (const where of places) {
        const name = where.join('.');
        const answer = await ask(route, here, withId(own, where, at(foreign, where)));
        const absent = await ask(route, here, withId(own, where, nothing(at(own, where))));
        expect(answer.text, `${name}, as for an id of nothing`).to.equal(absent.text);
        expect(answer.status, name).to.equal(where[0] === 'query' ? absent.status : 404);
        // What only narrows a list finds nothing; but it would find what is here.
        if (where[0] === 'query')
          expect((await ask(route, here, own)).text, `${name} of one's own`).not.to.equal(
            answer.text,
          );
      }
      const { status, text } = await ask(route, here, own);
      expect([401, 403, 404, 422, 500], `one's own: ${text}`).not.to.include(status);
    });
  }
});
