import { expect, test } from 'vitest';
import { blobUploads } from './entry.ts';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';

test('a failed expectation throws and lists the requests', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { journal } = sandbox;
  expect(() => journal.expect({ method: 'PATCH' }).exactly(1)).toThrow(
    'EXPECTATION_FAILED: PATCH: expected exactly 1, saw 0. There were no requests.',
  );
  const api = new HerokuApi(sandbox);
  await api.get('/account');
  for (const value of ['1', '2']) await api.request('PATCH', '/apps/shop/config-vars', { body: { A: value } });
  expect(journal.expect({ method: 'PATCH' }).exactly(2)).toHaveLength(2);
  expect(journal.expect({ method: 'PATCH' }).atLeast(1)).toHaveLength(2);
  expect(journal.expect({ method: 'PATCH' }).bytesIn(18)).toHaveLength(2);
  expect(journal.expect({ after: 2, service: 'heroku' }).atMost(1)).toHaveLength(1);
  expect(() => journal.expect({ method: 'DELETE' }).none()).not.toThrow();
  expect(() => journal.expect({ method: 'PATCH' }).exactly(1)).toThrow(
    [
      'PATCH: expected exactly 1, saw 2. Requests:',
      '  2. heroku PATCH /apps/shop/config-vars -> 200 (9 bytes in, 10 out)',
      '  3. heroku PATCH /apps/shop/config-vars -> 200 (9 bytes in, 10 out)',
    ].join('\n'),
  );
  expect(() => journal.expect({ service: 'registry' }).atLeast(1)).toThrow('1. heroku GET /account -> 200');
  expect(() => journal.expect({ status: 200 }).none()).toThrow('with status 200: expected none, saw 3');
  expect(() => journal.expect({ method: 'PATCH' }).bytesOut(0)).toThrow('PATCH: expected 0 bytes out, saw 20');
});

test('counts exactly the bytes of the uploaded blobs', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  sandbox.journal.expect(blobUploads).bytesIn(0);
  await pushImage(sandbox, 'shop/web', webImage('hello'));
  const base = `${sandbox.urls.registry}/v2/shop/web`;
  const headers = { authorization: `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}` };
  const manifest = (await (await fetch(`${base}/manifests/latest`, { headers })).json()) as {
    readonly config: { readonly size: number };
    readonly layers: readonly { readonly size: number }[];
  };
  const size = manifest.config.size + (manifest.layers[0]?.size ?? 0);
  sandbox.journal.expect(blobUploads).bytesIn(size);
  expect(sandbox.journal.uploadedBlobBytes()).toBe(size);
});

test('expectInOrder allows others in between and names the first missing request', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  for (const path of ['/account', '/apps/shop', '/apps/shop/releases']) await api.get(path);
  const { journal } = sandbox;
  const inOrder = journal.expectInOrder({ path: '/account' }, { path: /releases$/ });
  expect(inOrder.map(({ number }) => number)).toEqual([1, 3]);
  expect(() => journal.expectInOrder({ path: /releases$/ }, { path: '/account' })).toThrow(
    '/account: expected one after /releases$/, saw none',
  );
});
