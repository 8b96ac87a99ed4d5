import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';

const lock = { ID: 'a', Operation: 'apply', Info: '', Who: 'ann@laptop', Version: '1.11.4', Created: 'now', Path: '' };
const state = '/projects/1/terraform/state/default';

function login(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

test('a project without push rules returns null for them', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  expect(await api.request('GET', '/projects/1/push_rule')).toMatchObject({ status: 200, body: null });
  expect((await api.request('GET', '/projects/9/push_rule')).status).toBe(404);
  expect((await api.request('POST', '/projects/1/push_rule', { body: { deny_delete_tag: true } })).status).toBe(501);
});

test('keeps what a project is created and changed with, and refuses what it would drop (fault 192, sandbox)', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const created = {
    name: 'Our shop',
    visibility: 'public',
    description: 'Sells',
    only_allow_merge_if_pipeline_succeeds: true,
  };
  const { body } = await api.request<{ id: number }>('POST', '/projects', { body: created });
  expect(body).toMatchObject({ ...created, path: 'our-shop', path_with_namespace: 'sandbox/our-shop' });
  await api.request('PUT', `/projects/${body.id}`, { body: { visibility: 'internal', path: 'shop' } });
  const changed = { ...created, visibility: 'internal', path_with_namespace: 'sandbox/shop' };
  expect((await api.request('GET', '/projects/sandbox%2Fshop')).body).toMatchObject(changed);
  expect(await api.request('PUT', `/projects/${body.id}`, { body: { mirror: true } })).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining('mirror') },
  });
  expect((await api.request('POST', '/projects', { body: { name: 'shop' } })).status).toBe(400);
  expect((await api.request('DELETE', `/projects/${body.id}`)).status).toBe(202);
  expect((await api.request('GET', `/projects/${body.id}`)).status).toBe(404);
});

test('keeps the access levels of branches and environments as given (fault 192, sandbox)', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const body = { name: 'release/*', push_access_level: 0, merge_access_level: 30, allow_force_push: true };
  await api.request('POST', '/projects/1/protected_branches', { body });
  expect((await api.request('GET', '/projects/1/protected_branches/release%2F*')).body).toMatchObject({
    push_access_levels: [{ access_level: 0, access_level_description: 'No one' }],
    merge_access_levels: [{ access_level: 30 }],
    allow_force_push: true,
  });
  const environment = {
    name: 'production/shop',
    deploy_access_levels: [{ group_id: 7, group_inheritance_type: 1 }],
    approval_rules: [{ access_level: 40, required_approvals: 2 }],
  };
  await api.request('POST', '/projects/1/protected_environments', { body: environment });
  expect((await api.request('GET', '/projects/1/protected_environments/production%2Fshop')).body).toMatchObject(
    environment,
  );
});

test("Terraform's state is written by who holds the lock, with the login of a person or a job", async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox, login('ann', sandbox.gitlabToken));
  const job = new GitlabApi(sandbox, login('gitlab-ci-token', sandbox.gitlabJobToken));
  expect((await api.request('GET', state)).status).toBe(404);
  expect((await api.request('POST', `${state}/lock`, { body: lock })).status).toBe(200);
  expect(await job.request('POST', `${state}/lock`, { body: { ...lock, ID: 'b' } })).toMatchObject({
    status: 409,
    body: { ID: 'a', Who: 'sandbox', Created: expect.stringMatching(/^20\d\d-/) },
  });
  expect((await job.request('POST', `${state}?ID=b`, { body: { serial: 1 } })).status).toBe(409);
  expect((await api.request('POST', `${state}?ID=a`, { body: { serial: 1 } })).status).toBe(200);
  expect((await job.request('DELETE', `${state}/lock`, { body: { ID: 'b' } })).status).toBe(409);
  expect((await api.request('DELETE', `${state}/lock`, { body: { ID: 'a' } })).status).toBe(200);
  expect((await job.request('GET', state)).body).toEqual({ serial: 1 });
  expect((await new GitlabApi(sandbox, login('ann', 'wrong')).request('GET', state)).status).toBe(401);
});

test('Developers read the state and projects, and change neither', async () => {
  await using sandbox = await startSandbox({ gitlab: { tokens: [{ token: 'glpat-dev', role: 'developer' }] } });
  const api = new GitlabApi(sandbox, { 'private-token': 'glpat-dev' });
  expect((await api.request('GET', state)).status).toBe(404);
  expect((await api.request('POST', `${state}/lock`, { body: lock })).status).toBe(403);
  expect((await api.request('PUT', '/projects/1', { body: { description: 'x' } })).status).toBe(403);
  expect((await api.request('GET', '/projects/1')).body).toMatchObject({
    permissions: { project_access: { access_level: 30 } },
  });
  expect((await api.request('GET', '/personal_access_tokens/self')).body).toMatchObject({ scopes: ['api'] });
});
