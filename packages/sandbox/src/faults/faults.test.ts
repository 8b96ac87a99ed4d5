import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startSandbox } from '../server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { until } from '../testing/until.ts';
import type { Fault } from './fault.ts';

test.each([
  [{}, 'a fault is'],
  [{ on: { service: 'github' }, effect: { kind: 'stall' } }, 'on.service'],
  [{ on: { service: 'heroku', nth: 0 }, effect: { kind: 'stall' } }, 'on.nth'],
  [{ on: { service: 'heroku', path: '(' }, effect: { kind: 'stall' } }, 'on.path'],
  [{ on: { service: 'heroku' }, effect: { kind: 'explode' } }, 'effect.kind must be one of answer, '],
  [{ on: { service: 'heroku' }, effect: { kind: 'drip' } }, 'effect.bytesPerSecond must be a number'],
])('the fault %j is refused', async (fault, named) => {
  await using sandbox = await startSandbox();
  expect(() => sandbox.faults.add(fault as unknown as Fault)).toThrow(named);
});

test('a fault that has not struck fails the close, which ends everything all the same', async () => {
  const sandbox = await startSandbox();
  sandbox.faults.add({ on: { service: 'gitlab', path: '/variables$' }, effect: { kind: 'answer', status: 500 } });
  await expect(sandbox.close()).rejects.toMatchObject({
    code: 'FAULTS_LEFT',
    message: expect.stringContaining('/variables$') as string,
  });
  await expect(fetch(sandbox.urls.heroku)).rejects.toThrow('fetch failed');
});

test('an answer takes the place of the service’s, at the request that was meant and as often as was said', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const set = sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '^/apps/shop/config-vars$', nth: 2, times: 2 },
    effect: { kind: 'answer', status: 503, headers: { 'retry-after': '7' }, body: '{"id":"down","message":"Down."}' },
  });
  const statuses: number[] = [];
  for (const value of ['1', '2', '3', '4']) {
    const answer = await api.request('PATCH', '/apps/shop/config-vars', { body: { A: value } });
    statuses.push(answer.status);
    await api.get('/account');
  }
  expect(statuses).toEqual([200, 503, 503, 200]);
  expect(set.fired).toBe(2);
  expect(await api.releases('shop')).toHaveLength(4);
});

test('GitLab’s 429 is text with Retry-After', async () => {
  await using sandbox = await startSandbox();
  sandbox.faults.add({
    on: { service: 'gitlab' },
    effect: {
      kind: 'answer',
      status: 429,
      headers: { 'content-type': 'text/plain', 'retry-after': '1' },
      body: 'Retry later\n',
    },
  });
  const answer = await fetch(`${sandbox.urls.gitlab}/api/v4/projects`);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    429,
    'text/plain',
    'Retry later\n',
  ]);
});

test('a request is reset in the middle of its body, and so many bytes have arrived', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  sandbox.faults.add({
    on: { service: 'registry', method: 'PATCH' },
    effect: { kind: 'reset-request', afterBytes: 100_000 },
  });
  const headers = { authorization: `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}` };
  const started = await fetch(`${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(started.headers.get('location') ?? '', sandbox.urls.registry);
  const error = await new Promise<NodeJS.ErrnoException>((resolve, reject) => {
    const upload = request(location, { method: 'PATCH', headers }, reject);
    upload.on('error', resolve);
    upload.end(Buffer.alloc(1_000_000));
  });
  expect(error.code).toMatch(/ECONNRESET|EPIPE/);
  const entry = await until(
    () => sandbox.journal.entries({ method: 'PATCH' })[0],
    (found) => found !== undefined,
  );
  expect(entry?.bytesIn).toBe(100_000);
});

test('an answer is lost although the service has done its work', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const on = { service: 'heroku', method: 'PATCH' } as const;
  sandbox.faults.add({ on, effect: { kind: 'reset-answer', afterBytes: 0 } });
  await expect(api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } })).rejects.toThrow('fetch failed');
  expect((await api.get('/apps/shop/config-vars')).body).toEqual({ A: '1' });
  sandbox.faults.add({ on, effect: { kind: 'reset-answer', afterBytes: 3 } });
  await expect(api.request('PATCH', '/apps/shop/config-vars', { body: { A: '2' } })).rejects.toThrow('terminated');
});

test('an answer is changed: status, headers, text, half of its JSON', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const on = { service: 'heroku', path: '^/apps/shop$' } as const;
  sandbox.faults.add({
    on,
    effect: { kind: 'alter-answer', status: 299, headers: { 'x-odd': '1' }, replace: { text: 'shop', by: 'store' } },
  });
  const changed = await api.get('/apps/shop');
  expect([changed.status, changed.headers.get('x-odd'), changed.body['name']]).toEqual([299, '1', 'store']);
  expect(changed.headers.get('request-id')).not.toBeNull();
  sandbox.faults.add({ on, effect: { kind: 'alter-answer', keepBytes: 20 } });
  await expect(api.get('/apps/shop')).rejects.toThrow(SyntaxError);
});

test('a stall holds the answer up for as long as it says', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const on = { service: 'heroku' } as const;
  sandbox.faults.add({ on, effect: { kind: 'stall', ms: 200 } });
  const started = performance.now();
  expect((await api.get('/account')).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(190);
  sandbox.faults.add({ on, effect: { kind: 'stall' } });
  const signal = AbortSignal.timeout(200);
  await expect(fetch(`${sandbox.urls.heroku}/account`, { signal })).rejects.toThrow('timeout');
});

test('a drip sends the answer slowly and whole', async () => {
  await using sandbox = await startSandbox();
  const api = new HerokuApi(sandbox);
  const { body } = await api.get('/account');
  const length = Buffer.byteLength(JSON.stringify(body));
  sandbox.faults.add({ on: { service: 'heroku' }, effect: { kind: 'drip', bytesPerSecond: length * 4 } });
  const started = performance.now();
  expect((await api.get('/account')).body).toEqual(body);
  expect(performance.now() - started).toBeGreaterThan(200);
});

test('somebody else’s release slips in (fault 71)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '/config-vars$' },
    effect: { kind: 'other-release', app: 'shop' },
  });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  const releases = await api.get<{ version: number; user: { email: string } }[]>('/apps/shop/releases');
  expect(releases.body.slice(2).map(({ version, user }) => [version, user.email])).toEqual([
    [3, 'somebody@example.com'],
    [4, 'sandbox@example.com'],
  ]);
});

test('a release stays pending until it was read ten times, then fails (fault 63)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH' },
    effect: { kind: 'hold-release', app: 'shop', reads: 10, outcome: 'failed' },
  });
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  const seen: string[] = [];
  for (let reads = 0; reads < 11; reads++) {
    seen.push(String((await api.get('/apps/shop/releases/3')).body['status']));
  }
  expect(seen).toEqual([...Array<string>(10).fill('pending'), 'failed']);
});
