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

test("lists a job's deployment with the job, by its end or by its number", async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox, { 'job-token': sandbox.gitlabJobToken });
  const job = (jobId: number, second: number, status: 'running' | 'success' | 'canceled') => ({
    environment: 'production/shop',
    sha: sha(String(jobId)),
    status,
    jobId,
    pipelineId: jobId,
    startedAt: new Date(second * 1000),
    ...(status === 'running' ? {} : { finishedAt: new Date(second * 1000 + 500) }),
  });
  const { startedAt: _, ...unstarted } = job(3, 3, 'canceled');
  sandbox.recordJobDeployment(job(1, 5, 'running'));
  sandbox.recordJobDeployment(job(2, 1, 'success'));
  sandbox.recordJobDeployment(job(1, 5, 'success'));
  sandbox.recordJobDeployment(unstarted);
  const list = async (query: string) =>
    (await api.request<readonly Record<string, unknown>[]>('GET', `${path}?environment=production/shop&${query}`)).body;
  const byEnd = 'status=success&order_by=finished_at&sort=desc';
  expect((await list(byEnd)).map(({ sha: commit }) => commit)).toEqual([sha('1'), sha('2')]);
  expect(await list(`${byEnd}&finished_after=1970-01-01T00:00:05Z`)).toHaveLength(1);
  const byChange = 'order_by=updated_at&sort=desc';
  expect(await list(`${byChange}&updated_after=1970-01-01T00:00:03Z`)).toMatchObject([
    { deployable: { id: 1 } },
    { deployable: { id: 3 }, status: 'canceled' },
  ]);
  expect(await list(`${byChange}&updated_before=1970-01-01T00:00:03Z`)).toMatchObject([{ deployable: { id: 2 } }]);
  expect(await list('order_by=id&sort=desc')).toMatchObject([
    { status: 'canceled', deployable: { id: 3, started_at: null } },
    { status: 'success', deployable: { id: 2, pipeline: { id: 2, source: 'push', sha: sha('2') } } },
    { status: 'success', deployable: { id: 1, started_at: '1970-01-01T00:00:05.000Z' } },
  ]);
});

test.each([
  'order_by=finished_at',
  'order_by=id&finished_after=2026-01-01T00:00:00Z',
  'order_by=finished_at&finished_after=2026-01-01T00:00:00Z&status=failed',
])('refuses the query %s, for which GitLab has no index', async (query) => {
  await using sandbox = await startSandbox();
  expect(await new GitlabApi(sandbox).request('GET', `${path}?${query}`)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/^400 Bad request - `finished_at` filter/) },
  });
});

test('refuses two periods in one query', async () => {
  await using sandbox = await startSandbox();
  const query = 'order_by=updated_at&updated_after=2026-01-01T00:00:00Z&finished_after=2026-01-01T00:00:00Z';
  expect(await new GitlabApi(sandbox).request('GET', `${path}?${query}`)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/Both `updated_at` filter and `finished_at` filter can not be specified$/) },
  });
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
  expect((await api.request('POST', branches, { body: { name: 'release/*' } })).status).toBe(409);
  expect((await api.request('GET', `${branches}/release%2F*`)).status).toBe(200);
  expect((await api.request('DELETE', `${branches}/release%2F*`)).status).toBe(204);
  expect((await api.request('GET', branches)).body).toHaveLength(1);
});

test('lists projects and finds them by ID and by path', async () => {
  await using sandbox = await startSandbox({ projects: ['shop/web', 'shop/api'] });
  const api = new GitlabApi(sandbox);
  expect((await api.request('GET', '/projects')).body).toMatchObject([
    { id: 2, path_with_namespace: 'shop/api' },
    { id: 1, path_with_namespace: 'shop/web' },
  ]);
  expect((await api.request('GET', '/projects/shop%2Fapi')).body).toMatchObject({ id: 2 });
  expect((await api.request('GET', '/projects/3')).status).toBe(404);
});

test('paths of projects are the same in any case', async () => {
  await using sandbox = await startSandbox({ projects: ['shop/API'] });
  const api = new GitlabApi(sandbox);
  expect((await api.request('GET', '/projects/Shop%2Fapi')).body).toMatchObject({ path_with_namespace: 'shop/API' });
  expect((await api.request('POST', '/projects', { body: { path: 'own' } })).status).toBe(201);
  expect((await api.request('POST', '/projects', { body: { path: 'OWN' } })).status).toBe(400);
});
