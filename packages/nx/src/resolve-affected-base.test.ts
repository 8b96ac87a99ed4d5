import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { emptyTree } from './affected-base.ts';
import { resolveAffectedBase } from './resolve-affected-base.ts';
import { jobToken, startGitLab, startGitLabWithDeployment } from './testing/gitlab.ts';
import { createRepository } from './testing/repository.ts';

const zeros = '0'.repeat(40);

test('treats every project as affected when the clone doesn’t contain the commit', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  await using gitlab = await startGitLabWithDeployment('1234567890123456789012345678901234567890');
  const { base, reason } = await resolveAffectedBase(gitlab.env, { cwd: repository.path });
  expect(base).toBe(emptyTree);
  expect(reason).toBe(
    "treating every project as affected: production runs 12345678, but this clone doesn't contain that commit",
  );
});

test('on main, the base is the last deployed commit, regardless of failures since', async () => {
  using repository = createRepository();
  const deployed = repository.commit('a.txt', '1');
  repository.commit('b.txt', 'its pipeline failed');
  repository.commit('c.txt', 'now');
  await using gitlab = await startGitLabWithDeployment(deployed);
  const before = { CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main', CI_COMMIT_BEFORE_SHA: zeros };
  expect(await resolveAffectedBase({ ...gitlab.env, ...before }, { cwd: repository.path })).toEqual({
    base: deployed,
    reason: `production runs ${deployed.slice(0, 8)}`,
  });
  const request = gitlab.requests[0];
  expect(request?.url).toBe(
    '/api/v4/projects/42/deployments?environment=production&status=success&order_by=id&sort=desc&per_page=1',
  );
  expect(request?.headers['job-token']).toBe(jobToken);
});

test('uses the given environment, else the job’s own', async () => {
  using repository = createRepository();
  await using gitlab = await startGitLabWithDeployment();
  const env = { ...gitlab.env, CI_ENVIRONMENT_NAME: 'review/a b' };
  const { reason } = await resolveAffectedBase(env, { cwd: repository.path });
  await resolveAffectedBase(env, { cwd: repository.path, environment: 'staging' });
  expect(reason).toBe('treating every project as affected: nothing was deployed to review/a b yet');
  expect(gitlab.requests.map(({ url }) => new URL(url ?? '', 'http://gitlab').searchParams.get('environment'))).toEqual(
    ['review/a b', 'staging'],
  );
});

test('in a merge request, the base is where the branch left its target, without a request to GitLab', async () => {
  using repository = createRepository();
  const start = repository.commit('a.txt', '1');
  repository.commit('b.txt', '2');
  await using gitlab = await startGitLabWithDeployment(zeros);
  const env = {
    ...gitlab.env,
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_IID: '3',
    CI_COMMIT_BEFORE_SHA: zeros,
  };
  expect(
    await resolveAffectedBase({ ...env, CI_MERGE_REQUEST_DIFF_BASE_SHA: start }, { cwd: repository.path }),
  ).toEqual({ base: start, reason: `the merge request starts at ${start.slice(0, 8)}` });
  for (const unset of [{}, { CI_MERGE_REQUEST_DIFF_BASE_SHA: '' }, { CI_MERGE_REQUEST_DIFF_BASE_SHA: zeros }])
    expect((await resolveAffectedBase({ ...env, ...unset }, { cwd: repository.path })).base).toBe(emptyTree);
  expect(gitlab.requests).toEqual([]);
});

test('treats every project as affected before the first deployment', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  await using gitlab = await startGitLabWithDeployment();
  expect(await resolveAffectedBase({ ...gitlab.env, CI_COMMIT_BEFORE_SHA: zeros }, { cwd: repository.path })).toEqual({
    base: emptyTree,
    reason: 'treating every project as affected: nothing was deployed to production yet',
  });
});

test('treats every project as affected when an older commit’s pipeline runs again', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  const deployed = repository.commit('b.txt', '2');
  repository.git('checkout', '-q', 'HEAD~1');
  await using gitlab = await startGitLabWithDeployment(deployed);
  const { base, reason } = await resolveAffectedBase(gitlab.env, { cwd: repository.path });
  expect(base).toBe(emptyTree);
  expect(reason).toMatch(/but that commit isn't an ancestor of this one$/);
});

test('fetches the history of a shallow clone and finds the base in it', async () => {
  using repository = createRepository();
  const deployed = repository.commit('a.txt', '1');
  for (const content of ['2', '3', '4']) repository.commit('a.txt', content);
  using clone = repository.shallowClone(1);
  await using gitlab = await startGitLabWithDeployment(deployed);
  expect((await resolveAffectedBase(gitlab.env, { cwd: clone.path })).base).toBe(deployed);
  expect(clone.git('rev-parse', '--is-shallow-repository')).toBe('false');
});

test('fetches nothing when a shallow clone contains the base', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  const deployed = repository.commit('a.txt', '2');
  repository.commit('a.txt', '3');
  using clone = repository.shallowClone(2);
  await using gitlab = await startGitLabWithDeployment(deployed);
  expect((await resolveAffectedBase(gitlab.env, { cwd: clone.path })).base).toBe(deployed);
  expect(clone.git('rev-parse', '--is-shallow-repository')).toBe('true');
});

test('treats every project as affected when fetching fails, without showing the remote’s password', async () => {
  using repository = createRepository();
  const deployed = repository.commit('a.txt', '1');
  repository.commit('a.txt', '2');
  using clone = repository.shallowClone(1);
  await using gitlab = await startGitLabWithDeployment(deployed);
  await using remote = await startGitLab((_request, response) => response.writeHead(403).end('no'));
  const address = new URL(remote.env['CI_API_V4_URL'] ?? '');
  Object.assign(address, { username: 'gitlab-ci-token', password: jobToken });
  clone.git('remote', 'set-url', 'origin', address.href);
  const { base, reason } = await resolveAffectedBase(gitlab.env, { cwd: clone.path });
  expect(base).toBe(emptyTree);
  expect(reason).toMatch(/but this clone is shallow and fetching its history failed \(.*403\): set GIT_DEPTH to 0$/);
  expect(reason).not.toContain(jobToken);
});

test('treats every project as affected outside GitLab, and lists the missing variables', async () => {
  using repository = createRepository();
  expect(await resolveAffectedBase({}, { cwd: repository.path })).toEqual({
    base: emptyTree,
    reason:
      "treating every project as affected: can't read the last deployment: " +
      "this isn't a GitLab job (CI_API_V4_URL, CI_PROJECT_ID, CI_JOB_TOKEN not set)",
  });
});

test('git diff reports everything as new against the empty tree', () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  repository.commit('b.txt', '2');
  expect(repository.git('diff', '--name-only', emptyTree, 'HEAD').split('\n')).toEqual(['a.txt', 'b.txt']);
  expect(execFileSync('git', ['hash-object', '-t', 'tree', '--stdin'], { input: '', encoding: 'utf8' }).trim()).toBe(
    emptyTree,
  );
});

test('throws the reason of an abort', async () => {
  using repository = createRepository();
  const controller = new AbortController();
  await using gitlab = await startGitLab(() => controller.abort(new Error('interrupted')));
  const pending = resolveAffectedBase(gitlab.env, { cwd: repository.path, signal: controller.signal });
  await expect(pending).rejects.toThrow('interrupted');
});
