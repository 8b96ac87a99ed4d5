import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';

const path = '/projects/1/deployments';
const sha = (digit: string) => digit.repeat(40);
const deployment = (digit: string, status = 'success', environment = 'production') => ({
  environment,
  sha: sha(digit),
  ref: 'main',
  tag: false,
  status,
});

test.each([
  [{ ...deployment('a'), sha: 'short' }],
  [{ ...deployment('a'), status: 'perhaps' }],
  [{ ...deployment('a'), environment: undefined }],
  [{ ...deployment('a'), tag: undefined }],
])('rejects the deployment %j', async (body) => {
  await using sandbox = await startSandbox();
  expect((await new GitlabApi(sandbox).request('POST', path, { body })).status).toBe(400);
});

test.each(['status=perhaps', 'order_by=color', 'sort=up', 'page=x'])('rejects the query %s', async (query) => {
  await using sandbox = await startSandbox();
  expect((await new GitlabApi(sandbox).request('GET', `${path}?${query}`)).status).toBe(400);
});

test("a job finds an environment's newest successful deployment", async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox, { 'job-token': sandbox.gitlabJobToken });
  const all = [
    deployment('a'),
    deployment('b'),
    deployment('c', 'failed'),
    deployment('d', 'success', 'staging'),
    deployment('e', 'running'),
  ];
  for (const body of all) expect((await api.request('POST', path, { body })).status).toBe(201);
  const query = 'environment=production&status=success&order_by=id&sort=desc&per_page=1';
  const found = await api.request<readonly Record<string, unknown>[]>('GET', `${path}?${query}`);
  expect(found.body).toHaveLength(1);
  expect(found.body[0]).toMatchObject({ sha: sha('b'), status: 'success', environment: { name: 'production' } });
  const running = await api.request('PUT', `${path}/5`, { body: { status: 'success' } });
  expect(running.body).toMatchObject({ sha: sha('e'), status: 'success' });
  expect((await api.request('GET', `${path}/5`)).body).toMatchObject({ sha: sha('e') });
  expect((await api.request('GET', `${path}/6`)).status).toBe(404);
});

test('a deployment creates its environment', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  await api.request('POST', path, { body: deployment('a', 'success', 'review/1') });
  const { body } = await api.request('GET', '/projects/1/environments?name=review/1');
  expect(body).toMatchObject([{ name: 'review/1', slug: 'review-1', state: 'available' }]);
  expect((await api.request('POST', '/projects/1/environments', { body: { name: 'review/1' } })).status).toBe(400);
  expect((await api.request('POST', '/projects/1/environments', { body: { name: 'a b!' } })).status).toBe(400);
  expect((await api.request('POST', '/projects/1/environments', { body: { name: 'qa' } })).status).toBe(201);
  expect((await api.request('GET', '/projects/1/environments/2')).body).toMatchObject({ name: 'qa' });
});

test('main is protected; other branches can be', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const branches = '/projects/1/protected_branches';
  expect((await api.request('GET', branches)).body).toMatchObject([{ name: 'main' }]);
  expect((await api.request('GET', `${branches}/release%2F*`)).status).toBe(404);
  expect((await api.request('POST', branches, { body: { name: 'release/*' } })).status).toBe(201);
  expect((await api.request('POST', branches, { body: { name: 'release/*' } })).status).toBe(400);
  expect((await api.request('GET', `${branches}/release%2F*`)).status).toBe(200);
  expect((await api.request('DELETE', `${branches}/release%2F*`)).status).toBe(204);
  expect((await api.request('GET', branches)).body).toHaveLength(1);
});

test('lists projects and finds them by ID and by path', async () => {
  await using sandbox = await startSandbox({ projects: ['shop/web', 'shop/api'] });
  const api = new GitlabApi(sandbox);
  expect((await api.request('GET', '/projects')).body).toMatchObject([
    { id: 1, path_with_namespace: 'shop/web' },
    { id: 2, path_with_namespace: 'shop/api' },
  ]);
  expect((await api.request('GET', '/projects/shop%2Fapi')).body).toMatchObject({ id: 2 });
  expect((await api.request('GET', '/projects/3')).status).toBe(404);
});
