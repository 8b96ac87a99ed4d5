import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';

const variables = '/projects/1/variables';
const a = { body: { key: 'A', value: '1' } };

test('Developers can use environments and deployments, but not variables', async () => {
  await using sandbox = await startSandbox({ gitlab: { tokens: [{ token: 'glpat-dev', role: 'developer' }] } });
  const api = new GitlabApi(sandbox, { 'private-token': 'glpat-dev' });
  expect(await api.request('GET', variables)).toMatchObject({ status: 403, body: { message: '403 Forbidden' } });
  expect((await api.request('GET', '/projects/1/protected_branches')).status).toBe(403);
  expect((await api.request('GET', '/projects/1/deployments')).status).toBe(200);
  expect((await api.request('GET', '/projects/1')).status).toBe(200);
});

test('a token with the scope read_api reads', async () => {
  await using sandbox = await startSandbox({ gitlab: { tokens: [{ token: 'glpat-read', scopes: ['read_api'] }] } });
  const api = new GitlabApi(sandbox, { authorization: 'Bearer glpat-read' });
  expect((await api.request('GET', variables)).status).toBe(200);
  expect(await api.request('POST', variables, a)).toMatchObject({
    status: 403,
    body: { error: 'insufficient_scope', scope: 'api' },
  });
});

test('a fine-grained token needs a permission for each action, which the refusal names', async () => {
  const permissions = ['Variable: Read', 'Variable: Create'];
  await using sandbox = await startSandbox({ gitlab: { tokens: [{ token: 'glpat-fine', permissions }] } });
  const api = new GitlabApi(sandbox, { 'private-token': 'glpat-fine' });
  expect((await api.request('GET', variables)).status).toBe(200);
  expect((await api.request('POST', variables, a)).status).toBe(201);
  const refused = async (method: string, path: string) => (await api.request(method, path, a)).body;
  for (const [method, action] of [
    ['PUT', 'Update'],
    ['DELETE', 'Delete'],
  ] as const) {
    expect(await refused(method, `${variables}/A`)).toEqual({
      error: 'insufficient_granular_scope',
      error_description: `Access denied: This operation requires a fine-grained personal access token with the following project permissions: [Variable: ${action}].`,
    });
  }
  expect((await api.request('GET', '/projects/1/deployments')).status).toBe(403);
});

test('job tokens with fine-grained permissions do what those allow', async () => {
  await using sandbox = await startSandbox({ gitlab: { jobPermissions: ['READ_DEPLOYMENTS', 'ADMIN_ENVIRONMENTS'] } });
  const api = new GitlabApi(sandbox, { 'job-token': sandbox.gitlabJobToken });
  expect((await api.request('GET', '/projects/1/deployments')).status).toBe(200);
  expect((await api.request('GET', '/projects/1/environments')).status).toBe(200);
  expect((await api.request('GET', variables)).status).toBe(401);
  expect(await api.request('POST', '/projects/1/deployments', a)).toMatchObject({
    status: 403,
    body: {
      message:
        '403 Forbidden - Insufficient permissions to access this resource in project project. The following token permission is required: admin_deployments.',
    },
  });
});

test('protected environments are named one by one', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const path = '/projects/1/protected_environments';
  const protect = (name: string, levels: unknown = [{ access_level: 40 }]) =>
    api.request('POST', path, { body: { name, deploy_access_levels: levels } });
  expect(await protect('production/shop')).toMatchObject({
    status: 201,
    body: {
      name: 'production/shop',
      deploy_access_levels: [{ access_level: 40, access_level_description: 'Maintainers', user_id: null }],
    },
  });
  expect((await protect('production/shop')).status).toBe(400);
  expect((await protect('production/api', [])).status).toBe(400);
  expect((await protect('production/api', [{ access_level: 10 }])).status).toBe(400);
  expect((await api.request('GET', `${path}/production%2Fshop`)).status).toBe(200);
  expect((await api.request('GET', `${path}/production%2F*`)).status).toBe(404);
  expect((await api.request('DELETE', `${path}/production%2Fshop`)).status).toBe(204);
  expect((await api.request('GET', path)).body).toEqual([]);
});

test('an environment keeps its tier and address, and is deleted once it is stopped (fault 192, sandbox)', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const path = '/projects/1/environments';
  const create = (body: object) => api.request('POST', path, { body });
  expect((await create({ name: 'live/shop', tier: 'staging', external_url: 'https://a.example' })).body).toMatchObject({
    tier: 'staging',
    external_url: 'https://a.example',
  });
  expect((await create({ name: 'live/api' })).body).toMatchObject({ tier: 'production' });
  expect((await create({ name: 'a', tier: 'live' })).status).toBe(400);
  expect((await create({ name: 'a@b' })).status).toBe(400);
  expect((await api.request('PUT', `${path}/1`, { body: { tier: 'testing' } })).body).toMatchObject({
    tier: 'testing',
    external_url: 'https://a.example',
  });
  expect((await api.request('DELETE', `${path}/1`)).status).toBe(403);
  expect((await api.request('POST', `${path}/1/stop`)).body).toMatchObject({ state: 'stopped' });
  expect((await api.request('DELETE', `${path}/1`)).status).toBe(204);
  expect((await create({ name: 'another' })).body).toMatchObject({ id: 3 });
});
