import { expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi } from '../testing/fake-api.ts';

it('fails on a rejection, without showing the URL (fault 90, heroku-client)', async () => {
  await using api = await fakeApi((request) =>
    request.method === 'POST'
      ? { status: 201, json: { logplex_url: `${api.url}/logs/secret-session?token=secret` } }
      : { status: 403, text: 'expired' },
  );
  const error = await failureOf(clientOf(api).logs.recent('shop'));
  expect(error).toMatchObject({ code: 'PROTOCOL', status: 403 });
  expect(error.message).not.toContain('secret');
});

it("isn't read over plain http from another machine", async () => {
  await using api = await fakeApi(() => ({ status: 201, json: { logplex_url: 'http://logs.example.com/1' } }));
  expect(await failureOf(clientOf(api).logs.recent('shop'))).toMatchObject({ code: 'HOST_REFUSED' });
});

it('ends with ABORTED when aborted', async () => {
  const controller = new AbortController();
  await using api = await fakeApi((request) => {
    if (request.method === 'POST') return { status: 201, json: { logplex_url: `${api.url}/logs/1` } };
    controller.abort();
    return 'silence';
  });
  expect(await failureOf(clientOf(api).logs.recent('shop', { signal: controller.signal }))).toMatchObject({
    code: 'ABORTED',
  });
});

it('reads the newest lines of one dyno, without credentials', async () => {
  await using api = await fakeApi((request) =>
    request.method === 'POST'
      ? { status: 201, json: { logplex_url: `${api.url}/logs/1` } }
      : { text: '2026-01-01T00:00:00Z app[web.1]: café\n2026-01-01T00:00:01Z app[web.1]: closed\n' },
  );
  const lines = await clientOf(api).logs.recent('shop', { lines: 2, dyno: 'web.1', source: 'app' });
  expect(lines).toEqual(['2026-01-01T00:00:00Z app[web.1]: café', '2026-01-01T00:00:01Z app[web.1]: closed']);
  expect(api.seen[0]!.body).toEqual({ lines: 2, tail: false, dyno: 'web.1', source: 'app' });
  expect(api.seen[1]!.headers.authorization).toBeUndefined();
});
