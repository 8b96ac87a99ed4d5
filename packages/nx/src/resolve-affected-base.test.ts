import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { emptyTree } from './affected-base.ts';
import { resolveAffectedBase } from './resolve-affected-base.ts';
import { jobToken, startGitLab, startGitLabWithDeployment } from './testing/gitlab.ts';
import { createRepository } from './testing/repository.ts';

const zeros = '0'.repeat(40);

test('a commit that the clone does not have makes every project count as affected', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  await using gitlab = await startGitLabWithDeployment('1234567890123456789012345678901234567890');
  const { base, reason } = await resolveAffectedBase(gitlab.env, { cwd: repository.path });
  expect(base).toBe(emptyTree);
  expect(reason).toBe(
    'every project counts as affected: production runs 12345678, but this clone does not have that commit',
  );
});

test('on main the base is the commit that was deployed last, whatever failed since', async () => {
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

test('the environment is the one asked for, else the job’s own', async () => {
  using repository = createRepository();
  await using gitlab = await startGitLabWithDeployment();
  const env = { ...gitlab.env, CI_ENVIRONMENT_NAME: 'review/a b' };
  const { reason } = await resolveAffectedBase(env, { cwd: repository.path });
  await resolveAffectedBase(env, { cwd: repository.path, environment: 'staging' });
  expect(reason).toBe('every project counts as affected: nothing was deployed to review/a b yet');
  expect(gitlab.requests.map(({ url }) => new URL(url ?? '', 'http://gitlab').searchParams.get('environment'))).toEqual(
    ['review/a b', 'staging'],
  );
});

test('in a merge request the base is where the branch left its target, and GitLab is not asked', async () => {
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
  for (const nothing of [{}, { CI_MERGE_REQUEST_DIFF_BASE_SHA: '' }, { CI_MERGE_REQUEST_DIFF_BASE_SHA: zeros }])
    expect((await resolveAffectedBase({ ...env, ...nothing }, { cwd: repository.path })).base).toBe(emptyTree);
  expect(gitlab.requests).toEqual([]);
});

test('a first push, before anything was deployed, makes every project count as affected', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  await using gitlab = await startGitLabWithDeployment();
  expect(await resolveAffectedBase({ ...gitlab.env, CI_COMMIT_BEFORE_SHA: zeros }, { cwd: repository.path })).toEqual({
    base: emptyTree,
    reason: 'every project counts as affected: nothing was deployed to production yet',
  });
});

test('an older commit than the one deployed, as when its pipeline is run again, makes every project count as affected', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  const deployed = repository.commit('b.txt', '2');
  repository.git('checkout', '-q', 'HEAD~1');
  await using gitlab = await startGitLabWithDeployment(deployed);
  const { base, reason } = await resolveAffectedBase(gitlab.env, { cwd: repository.path });
  expect(base).toBe(emptyTree);
  expect(reason).toMatch(/but that commit is not in the history of this one$/);
});

test('a shallow clone fetches the rest of its history and finds the base there', async () => {
  using repository = createRepository();
  const deployed = repository.commit('a.txt', '1');
  for (const content of ['2', '3', '4']) repository.commit('a.txt', content);
  using clone = repository.shallowClone(1);
  await using gitlab = await startGitLabWithDeployment(deployed);
  expect((await resolveAffectedBase(gitlab.env, { cwd: clone.path })).base).toBe(deployed);
  expect(clone.git('rev-parse', '--is-shallow-repository')).toBe('false');
});

test('a shallow clone that reaches back to the base fetches nothing', async () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  const deployed = repository.commit('a.txt', '2');
  repository.commit('a.txt', '3');
  using clone = repository.shallowClone(2);
  await using gitlab = await startGitLabWithDeployment(deployed);
  expect((await resolveAffectedBase(gitlab.env, { cwd: clone.path })).base).toBe(deployed);
  expect(clone.git('rev-parse', '--is-shallow-repository')).toBe('true');
});

test('a shallow clone whose history cannot be fetched makes every project count as affected, without its remote’s password', async () => {
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
  expect(reason).toMatch(
    /but this clone is shallow and its history could not be fetched \(.*403\): set GIT_DEPTH to 0$/,
  );
  expect(reason).not.toContain(jobToken);
});

test('outside GitLab every project counts as affected, and the missing variables are named', async () => {
  using repository = createRepository();
  expect(await resolveAffectedBase({}, { cwd: repository.path })).toEqual({
    base: emptyTree,
    reason:
      'every project counts as affected: the last deployment is not known: ' +
      'this is no GitLab job (CI_API_V4_URL, CI_PROJECT_ID, CI_JOB_TOKEN not set)',
  });
});

test('git compares a commit with the empty tree as if everything were new', () => {
  using repository = createRepository();
  repository.commit('a.txt', '1');
  repository.commit('b.txt', '2');
  expect(repository.git('diff', '--name-only', emptyTree, 'HEAD').split('\n')).toEqual(['a.txt', 'b.txt']);
  expect(execFileSync('git', ['hash-object', '-t', 'tree', '--stdin'], { input: '', encoding: 'utf8' }).trim()).toBe(
    emptyTree,
  );
});

test('an abort ends it', async () => {
  using repository = createRepository();
  await using gitlab = await startGitLab(() => undefined);
  const controller = new AbortController();
  const pending = resolveAffectedBase(gitlab.env, { cwd: repository.path, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('interrupted')), 50);
  await expect(pending).rejects.toThrow('interrupted');
});
