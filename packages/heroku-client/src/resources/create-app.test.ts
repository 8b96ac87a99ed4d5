import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeApi, type FakeResponse } from '../testing/fake-api.ts';
import { appJson } from '../testing/fake-heroku.ts';
import { lostResponses, writesOf } from '../testing/writes.ts';

const taken: FakeResponse = { status: 422, json: { id: 'invalid_params', message: 'Name is already taken' } };

/** An API with at most one app. `post` gets the number of POSTs, and creates the app by `create`. */
async function fakeApps(
  post: (count: number, create: () => FakeResponse) => FakeResponse,
  initial?: { readonly createdAt: string },
): Promise<FakeApi> {
  let createdAt = initial?.createdAt;
  let posts = 0;
  const app = () => ({ ...appJson, created_at: createdAt });
  return fakeApi(({ method }) => {
    if (method === 'GET')
      return createdAt ? { json: app() } : { status: 404, json: { id: 'not_found', message: 'No.' } };
    posts += 1;
    return post(posts, () => {
      if (createdAt) return taken;
      createdAt = new Date().toISOString();
      return { status: 201, json: app() };
    });
  });
}

describe('apps.create', () => {
  it.each(lostResponses)('sends the request once when it happened despite %s', async (_name, response) => {
    await using api = await fakeApps((_count, create) => {
      create();
      return response;
    });
    expect(await clientOf(api, { timeout: 500 }).apps.create({ name: 'shop' })).toMatchObject({ name: 'shop' });
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it.each(lostResponses)('sends the request once more when nothing happened after %s', async (_name, response) => {
    await using api = await fakeApps((count, create) => (count === 1 ? response : create()));
    expect(await clientOf(api, { timeout: 500 }).apps.create({ name: 'shop' })).toMatchObject({ name: 'shop' });
    expect(writesOf(api.seen)).toHaveLength(2);
  });

  it("doesn't take an older app for its own", async () => {
    await using api = await fakeApps((count, create) => (count === 1 ? 'reset' : create()), {
      createdAt: '2026-01-01T12:00:00Z',
    });
    const error = await failureOf(clientOf(api).apps.create({ name: 'shop' }));
    expect(error.message).toContain('INVALID_PARAMS: Name is already taken.');
  });

  it('never creates a second app without a name', async () => {
    await using api = await fakeApps(() => 'reset');
    expect(await failureOf(clientOf(api).apps.create({ stack: 'container' }))).toMatchObject({ code: 'UNREACHABLE' });
    expect(writesOf(api.seen)).toHaveLength(1);
  });
});
