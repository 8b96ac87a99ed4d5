import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { faultPresets } from './presets.ts';

async function openShop(preset: string) {
  const sandbox = await startSandbox({ apps: ['shop'] });
  const fault = faultPresets[preset]?.fault;
  if (!fault) throw new Error(`There is no preset ${preset}.`);
  sandbox.faults.add(fault);
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${sandbox.apiKey}`,
  };
  return {
    sandbox,
    send: (path: string, init: RequestInit = {}) => fetch(`${sandbox.urls.heroku}${path}`, { headers, ...init }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

test.each([
  ['suspended', 403, 'suspended'],
  ['delinquent', 402, 'delinquent'],
  ['two-factor', 403, 'two_factor'],
])('%s: every request is refused with %d (fault 77, sandbox)', async (preset, status, id) => {
  await using shop = await openShop(preset);
  for (const path of ['/account', '/apps/shop', '/apps/shop/releases']) {
    const response = await shop.send(path);
    expect([response.status, await response.json()]).toMatchObject([status, { id }]);
  }
});

test.each([
  ['no-web-url', null],
  ['odd-web-url', 'ftp://shop.example.com/'],
])('%s: only web_url of the app changes (fault 70, sandbox)', async (preset, webUrl) => {
  await using shop = await openShop(preset);
  const app = (await (await shop.send('/apps/shop')).json()) as Record<string, unknown>;
  expect(app).toMatchObject({ name: 'shop', stack: { name: 'container' }, web_url: webUrl });
});

test('fields are merged into each object of a list, and into objects in it', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  sandbox.faults.add({
    on: { service: 'heroku', path: '/releases$' },
    effect: { kind: 'alter-answer', mergeJson: { status: 'expired', user: { email: 'x@example.com' } } },
  });
  const response = await new HerokuApi(sandbox).get<unknown[]>('/apps/shop/releases');
  const merged = { status: 'expired', user: { email: 'x@example.com', id: expect.any(String) as string } };
  expect(response.body).toMatchObject([
    { version: 1, ...merged },
    { version: 2, ...merged },
  ]);
});

test('warnings can have C1 control characters and bidi overrides (fault 116, sandbox)', async () => {
  await using shop = await openShop('odd-warning');
  const response = await shop.send('/apps/shop/formation', { method: 'PATCH', body: '{"updates":[]}' });
  const warning = Buffer.from(response.headers.get('x-heroku-warning') ?? '', 'latin1').toString('utf8');
  expect([response.status, warning]).toEqual([200, 'Deprecated\u009b2K\u202egpj.exe\u202c']);
});

test('a log can have any bytes (fault 116, sandbox)', async () => {
  await using shop = await openShop('log-binary');
  const log = Buffer.from(await (await shop.send('/sessions/any')).arrayBuffer());
  expect([...log.subarray(0, 4)]).toEqual([0xff, 0xfe, 0, 0x1b]);
  expect(log.toString('utf8')).toContain('\roverwritten\b\b\u009b2J\u202ereversed');
});

test('a log can have one line of 30 MB (fault 175, sandbox)', async () => {
  await using shop = await openShop('log-long-line');
  const log = Buffer.from(await (await shop.send('/streams/any')).arrayBuffer());
  expect([log.length, log.includes('\n')]).toEqual([30_000_000, false]);
});

test('a log can be endless, until the reader closes it (fault 175, sandbox)', async () => {
  await using shop = await openShop('log-endless');
  const reader = (await shop.send('/streams/any')).body!.getReader();
  let bytes = 0;
  while (bytes < 5_000_000) bytes += (await reader.read()).value?.length ?? 0;
  await reader.cancel();
  await shop.sandbox.journal.settled();
  expect(shop.sandbox.journal.entries({ path: '/streams/[REDACTED]' })[0]?.bytesOut).toBeGreaterThanOrEqual(5_000_000);
});
