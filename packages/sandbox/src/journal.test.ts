import { expect, test } from 'vitest';
import { Journal, withoutSecrets } from './journal.ts';
import { startSandbox } from './server.ts';
import { HerokuApi } from './testing/heroku-api.ts';
import { pushImage, webImage } from './testing/push-image.ts';

test.each([
  [
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=s3cret',
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=[cut]',
  ],
  ['/api?private_token=s3cret&page=2', '/api?private_token=[cut]&page=2'],
  ['/a?x=1?token=s3cret', '/a?x=[cut]'],
  ['/a?%ZZ=s3cret', '/a?%ZZ=[cut]'],
  ['/a', '/a'],
])('of %s only what is harmless is kept', (url, kept) => {
  expect(withoutSecrets(url)).toBe(kept);
});

test('no key or token is written down', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  await new HerokuApi(sandbox).get('/account');
  await pushImage(sandbox, 'shop/web', webImage('hello'));
  await fetch(`${sandbox.urls.gitlab}/api/v4/projects?private_token=${sandbox.gitlabToken}`);
  const text = JSON.stringify(sandbox.journal.entries());
  expect(text).toContain('/account');
  expect(text).not.toContain(sandbox.apiKey);
  expect(text).not.toContain(sandbox.gitlabToken);
});

test('requests are counted by service, method, path and status', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  await api.get('/apps/nothing');
  const { journal } = sandbox;
  expect(journal.count()).toBe(2);
  expect(journal.count({ method: 'PATCH', path: '/apps/shop/config-vars' })).toBe(1);
  expect(journal.count({ status: 404 })).toBe(1);
  expect(journal.count({ service: 'gitlab' })).toBe(0);
  expect(journal.count({ path: /^\/apps\// })).toBe(2);
  expect(journal.entries()[0]).toMatchObject({ bytesIn: '{"A":"1"}'.length, bytesOut: '{"A":"1"}\n'.length });
});

test('uploaded blob bytes are exactly those of the blobs', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  await pushImage(sandbox, 'shop/web', webImage('hello'));
  const base = `${sandbox.urls.registry}/v2/shop/web`;
  const headers = { authorization: `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}` };
  const manifest = (await (await fetch(`${base}/manifests/latest`, { headers })).json()) as {
    readonly config: { readonly size: number };
    readonly layers: readonly { readonly size: number }[];
  };
  const size = manifest.config.size + (manifest.layers[0]?.size ?? 0);
  expect(sandbox.journal.uploadedBlobBytes()).toBe(size);
});

test('while a request is under way the sandbox is busy', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { journal } = sandbox;
  const { body } = await new HerokuApi(sandbox).request('POST', '/apps/shop/log-sessions', { body: { tail: true } });
  const stream = await fetch(String(body['logplex_url']));
  expect([journal.isBusy(), journal.idleMs()]).toEqual([true, 0]);
  await stream.body?.cancel();
});

test('idle time runs from the last activity', async () => {
  const journal = new Journal();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(journal.idleMs()).toBeGreaterThan(10);
  journal.touch();
  expect(journal.idleMs()).toBeLessThan(10);
});
