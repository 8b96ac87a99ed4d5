import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { publishedCallOf, publishedCalls } from '../../testing/schema-check.ts';
import { until } from '../../testing/until.ts';
import { herokuRoutes } from '../handler.ts';

test('serves exactly the published endpoints that are checked here', () => {
  const served = herokuRoutes.map(({ method, pattern }) => publishedCallOf(method, pattern) ?? `${method} ${pattern}`);
  expect([...served, 'GET /account/rate-limits'].sort()).toEqual(Object.keys(publishedCalls).sort());
});

test('every response matches Heroku’s published schema', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  await until(
    () => api.dynos('shop'),
    (dynos) => dynos[0]?.state === 'up',
  );
  for (const [method, path, body] of [
    ['GET', '/account'],
    ['GET', '/account/rate-limits'],
    ['POST', '/apps', { stack: 'container' }],
    ['GET', '/apps'],
    ['GET', '/apps/shop'],
    ['PATCH', '/apps/shop', { maintenance: true }],
    ['GET', '/apps/shop/features'],
    ['GET', '/apps/shop/features/preboot'],
    ['PATCH', '/apps/shop/features/preboot', { enabled: true }],
    ['PATCH', '/apps/shop/config-vars', { A: '1' }],
    ['GET', '/apps/shop/config-vars'],
    ['GET', '/apps/shop/releases'],
    ['GET', '/apps/shop/releases/3'],
    ['GET', '/apps/shop/releases/4/config-vars'],
    ['POST', '/apps/shop/releases', { release: '3' }],
    ['GET', '/apps/shop/formation'],
    ['GET', '/apps/shop/formation/web'],
    ['PATCH', '/apps/shop/formation/web', { quantity: 1 }],
    ['POST', '/apps/shop/log-sessions', { lines: 1 }],
    ['GET', '/apps/shop/dynos/web.1'],
    ['DELETE', '/apps/shop/dynos/web.1'],
    ['DELETE', '/apps/shop/dynos'],
    ['DELETE', '/apps/shop'],
  ] as const) {
    const { status } = await api.request(method, path, body ? { body } : {});
    expect([200, 201, 202], `${method} ${path}`).toContain(status);
  }
  expect([...api.checked].sort()).toEqual(Object.keys(publishedCalls).sort());
});
