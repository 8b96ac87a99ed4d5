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

/** The account has no features, and container apps can't be promoted. */
const neverSuccessful = ['GET /account/features/{}', 'PATCH /account/features/{}', 'POST /pipeline-promotions'];

test('every response matches Heroku’s published schema', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  await until(
    () => api.dynos('shop'),
    (dynos) => dynos[0]?.state === 'up',
  );
  const { id: appId } = (await api.get('/apps/shop')).body;
  const pipeline = (await api.request('POST', '/pipelines', { body: { name: 'shop' } })).body;
  const coupling = { app: 'shop', pipeline: pipeline['id'], stage: 'staging' };
  const { id: couplingId } = (await api.request('POST', '/pipeline-couplings', { body: coupling })).body;
  for (const [method, path, body] of [
    ['GET', '/account'],
    ['GET', '/account/features'],
    ['GET', '/users/~'],
    ['GET', '/users/~/apps'],
    ['GET', '/users/~/addons'],
    ['GET', '/teams'],
    ['GET', '/regions'],
    ['GET', '/regions/eu'],
    ['GET', '/stacks'],
    ['GET', '/stacks/container'],
    ['GET', '/dyno-sizes'],
    ['GET', '/dyno-sizes/basic'],
    ['GET', '/apps/shop/available-stacks'],
    ['GET', '/apps/shop/available-dyno-sizes'],
    ['GET', '/apps/shop/collaborators'],
    ['GET', '/apps/shop/collaborators/sandbox@example.com'],
    ['GET', '/apps/shop/domains'],
    ['GET', `/apps/shop/domains/${new URL(sandbox.appUrl('shop') ?? '').host}`],
    ['GET', '/apps/shop/addons'],
    ['GET', '/apps/shop/sni-endpoints'],
    ['GET', '/apps/shop/buildpack-installations'],
    ['GET', '/addons'],
    ['GET', '/apps/shop/addon-attachments'],
    ['GET', '/addon-attachments'],
    ['GET', '/apps/shop/log-drains'],
    ['GET', '/pipelines?eq[name]=shop'],
    ['GET', `/pipelines/${String(pipeline['id'])}`],
    ['PATCH', `/pipelines/${String(pipeline['id'])}`, { name: 'store' }],
    ['GET', `/pipelines/${String(pipeline['id'])}/pipeline-couplings`],
    ['GET', '/pipeline-couplings'],
    ['GET', '/users/~/pipeline-couplings'],
    ['GET', '/apps/shop/pipeline-couplings'],
    ['GET', `/pipeline-couplings/${String(couplingId)}`],
    ['PATCH', `/pipeline-couplings/${String(couplingId)}`, { stage: 'production' }],
    ['POST', '/filters/apps', { in: { id: [appId] } }],
    ['DELETE', `/pipeline-couplings/${String(couplingId)}`],
    ['DELETE', `/pipelines/${String(pipeline['id'])}`],
    ['GET', '/account/rate-limits'],
    ['POST', '/apps', { stack: 'container' }],
    ['GET', '/apps'],
    ['GET', '/apps/shop'],
    ['PATCH', '/apps/shop', { maintenance: true }],
    ['GET', '/apps/shop/features'],
    ['GET', '/apps/shop/features/preboot'],
    ['PATCH', '/apps/shop/features/preboot', { enabled: false }],
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
    ['POST', '/apps/shop/dynos', { command: 'node main.js' }],
    ['POST', '/apps/shop/dynos/web.1/actions/stop'],
    ['POST', '/apps/shop/formations/web/actions/stop'],
    ['DELETE', '/apps/shop/formations/web'],
    ['DELETE', '/apps/shop/dynos/web.1'],
    ['DELETE', '/apps/shop/dynos'],
    ['DELETE', '/apps/shop'],
  ] as const) {
    const { status } = await api.request(method, path, body ? { body } : {});
    expect([200, 201, 202], `${method} ${path}`).toContain(status);
  }
  expect([...api.checked, ...neverSuccessful].sort()).toEqual(Object.keys(publishedCalls).sort());
});
