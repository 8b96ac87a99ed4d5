import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { type FakeApi, fakeApi, type FakeResponse, type SeenRequest } from '../testing/fake-api.ts';
import { processTypeJson } from '../testing/fake-heroku.ts';
import { lostResponses, writesOf } from '../testing/writes.ts';

/** A formation of web and worker, whose worker `remove` removes; it gets the number of writes so far. */
async function fakeFormation(write: (count: number, remove: () => FakeResponse) => FakeResponse): Promise<FakeApi> {
  let types = ['web', 'worker'];
  let writes = 0;
  return fakeApi(({ method, path }: SeenRequest) => {
    if (method === 'GET' && path === '/apps/shop/formation') return { json: types.map(processTypeJson) };
    if (method !== 'PATCH') return { status: 404, json: { id: 'not_found', message: "Couldn't find that app." } };
    writes += 1;
    return write(writes, () => {
      const type = path.split('/').at(-1)!;
      if (!types.includes(type)) return { status: 404, json: { id: 'not_found', message: "Couldn't find that type." } };
      types = types.filter((found) => found !== type);
      return { json: processTypeJson(type) };
    });
  });
}

describe('formation.remove', () => {
  it('sends what heroku container:rm sends', async () => {
    await using api = await fakeFormation((_count, remove) => remove());
    expect(await clientOf(api).formation.remove('shop', 'worker')).toBe('removed');
    expect(api.seen).toMatchObject([
      {
        method: 'PATCH',
        path: '/apps/shop/formation/worker',
        headers: { accept: 'application/vnd.heroku+json; version=3.docker-releases' },
        body: { docker_image: null },
      },
    ]);
  });

  it("returns absent for a process type that doesn't exist", async () => {
    await using api = await fakeFormation((_count, remove) => remove());
    expect(await clientOf(api).formation.remove('shop', 'cron')).toBe('absent');
  });

  it("fails for an app that doesn't exist", async () => {
    await using api = await fakeApi(() => ({ status: 404, json: { id: 'not_found', message: 'No such app.' } }));
    expect(await failureOf(clientOf(api).formation.remove('shop', 'worker'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(lostResponses)('sends the request once when it happened despite %s', async (_name, response) => {
    await using api = await fakeFormation((_count, remove) => {
      remove();
      return response;
    });
    expect(await clientOf(api, { timeout: 500 }).formation.remove('shop', 'worker')).toBe('removed');
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it.each(lostResponses)('sends the request once more when nothing happened after %s', async (_name, response) => {
    await using api = await fakeFormation((count, remove) => (count === 1 ? response : remove()));
    expect(await clientOf(api, { timeout: 500 }).formation.remove('shop', 'worker')).toBe('removed');
    expect(writesOf(api.seen)).toHaveLength(2);
  });

  it("says that the outcome is unknown when the formation can't be read either", async () => {
    await using api = await fakeApi(() => 'reset');
    const error = await failureOf(clientOf(api).formation.remove('shop', 'worker'));
    expect(error.message).toContain(
      "Can't tell whether the removal of process type worker of shop happened: check the app's formation before you retry.",
    );
  });
});
