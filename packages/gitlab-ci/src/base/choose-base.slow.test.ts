import { chmodSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startGitLab, startGitLabWith, type ToldDeployment } from '../testing/gitlab.ts';
import { createRepository, type TestRepository } from '../testing/repository.ts';
import { type AffectedBase, chooseBase, emptyTree } from './choose-base.ts';

const onMain = { CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main', CI_PIPELINE_SOURCE: 'push' };
const shop = 'production/shop';
const short = (commit: string): string => commit.slice(0, 8);

/** Returns the base for the repository's HEAD, with these deployments in GitLab. */
async function baseOf(
  repository: TestRepository,
  deployments: readonly ToldDeployment[],
  { env = onMain, environments = [shop] }: { env?: Record<string, string>; environments?: string[] } = {},
): Promise<AffectedBase> {
  await using gitlab = await startGitLabWith(deployments);
  return await chooseBase({ env: { ...gitlab.env, ...env }, cwd: repository.path, environments });
}

/** Creates a repository with so many commits on main. */
function history(count: number): [TestRepository, string[]] {
  const repository = createRepository();
  onTestFinished(() => repository[Symbol.dispose]());
  return [repository, repository.commits(count)];
}

test('is the oldest commit that may be live anywhere', async () => {
  const [repository, [c1, c2, c3]] = history(4) as [TestRepository, [string, string, string]];
  const deployments = [
    { environment: shop, sha: c1 },
    { environment: 'production/till', sha: c2 },
    { environment: shop, sha: c3 },
    { environment: 'production/till', sha: c3, status: 'failed' },
  ];
  expect(await baseOf(repository, deployments, { environments: [shop, 'production/till'] })).toEqual({
    base: c2,
    reason: `production/till may run ${short(c2)}, the oldest of all apps`,
    since: c2,
  });
});

test("uses production's history while an app has none of its own", async () => {
  const [repository, [c1]] = history(2) as [TestRepository, [string]];
  expect(await baseOf(repository, [{ environment: 'production', sha: c1 }])).toMatchObject({
    base: c1,
    reason: `production may run ${short(c1)}`,
  });
});

test('starts behind what was decided for after a version was put back, and looks for changes behind that', async () => {
  const [repository, [c1, c2, c3]] = history(4) as [TestRepository, [string, string, string]];
  const of = (sha: string, pipeline: number) => ({ environment: shop, sha, pipeline });
  const putBack = [of(c1, 1), of(c2, 2), of(c1, 1)];
  expect(await baseOf(repository, putBack)).toMatchObject({ base: c2, since: c2 });
  expect(await baseOf(repository, [...putBack, of(c3, 3)])).toMatchObject({ base: c3, since: c2 });
});

test.each<[string, (c: string[]) => ToldDeployment[], Record<string, string>, RegExp]>([
  ['when nothing was deployed yet', () => [], onMain, /: nothing was deployed to production\/shop yet$/],
  [
    'for an unknown commit',
    () => [{ environment: shop, sha: 'a'.repeat(40) }],
    onMain,
    /aaaaaaaa, but that commit isn't in this clone/,
  ],
  [
    'for a commit that is no hash',
    () => [{ environment: shop, sha: '--exec=x' }],
    onMain,
    /but that commit isn't in this clone/,
  ],
  ['for a newer commit', (c) => [{ environment: shop, sha: c[2]! }], onMain, /but that commit is newer than this one$/],
  [
    'in a pipeline started by hand',
    (c) => [{ environment: shop, sha: c[0]! }],
    { ...onMain, CI_PIPELINE_SOURCE: 'web' },
    /: a pipeline started by web deploys every app$/,
  ],
  [
    'in one started by the API',
    (c) => [{ environment: shop, sha: c[0]! }],
    { ...onMain, CI_PIPELINE_SOURCE: 'api' },
    /started by api/,
  ],
])('is everything %s', async (_, deployments, env, reason) => {
  const [repository, commits] = history(3);
  repository.git('checkout', '-q', 'HEAD~1');
  const found = await baseOf(repository, deployments(commits), { env });
  expect(found.base).toBe(emptyTree);
  expect(found.reason).toMatch(/^treating every project as affected: /);
  expect(found.reason).toMatch(reason);
});

test('is everything after a force push', async () => {
  const [repository, [c1, c2]] = history(2) as [TestRepository, [string, string]];
  repository.git('reset', '-q', '--hard', c1);
  repository.commit('b.txt', 'instead');
  const { base, reason } = await baseOf(repository, [{ environment: shop, sha: c2 }]);
  expect([base, reason]).toEqual([emptyTree, expect.stringMatching(/but that commit isn't an ancestor of this one$/)]);
});

test('is the oldest live commit in schedules and tags, too', async () => {
  const [repository, [c1]] = history(2) as [TestRepository, [string]];
  for (const env of [
    { ...onMain, CI_PIPELINE_SOURCE: 'schedule' },
    { CI_COMMIT_TAG: 'v1', CI_PIPELINE_SOURCE: 'push' },
  ])
    expect((await baseOf(repository, [{ environment: shop, sha: c1 }], { env })).base).toBe(c1);
});

const mergeRequest = {
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_MERGE_REQUEST_IID: '3',
  CI_COMMIT_BEFORE_SHA: '0'.repeat(40),
};

test('is where a merge request starts, and everything if GitLab does not say', async () => {
  const [repository, [c1]] = history(2) as [TestRepository, [string]];
  const start = { ...mergeRequest, CI_MERGE_REQUEST_DIFF_BASE_SHA: c1 };
  await using gitlab = await startGitLabWith([]);
  const base = (env: Record<string, string>) =>
    chooseBase({ env: { ...gitlab.env, ...env }, cwd: repository.path, environments: [shop] });
  expect(await base(start)).toEqual({ base: c1, reason: `the merge request starts at ${short(c1)}` });
  for (const sha of ['', '0'.repeat(40)])
    expect((await base({ ...mergeRequest, CI_MERGE_REQUEST_DIFF_BASE_SHA: sha })).base).toBe(emptyTree);
  expect(gitlab.requests).toEqual([]);
});

test.each(['merged_result', 'merge_train'])('is what a %s is merged into', async (type) => {
  const [repository, [c1]] = history(2) as [TestRepository, [string]];
  repository.git('checkout', '-q', '-b', 'feature', c1);
  repository.commit('b.txt', 'feature');
  repository.git('checkout', '-q', 'main');
  const target = repository.git('rev-parse', 'HEAD');
  repository.git('merge', '-q', '--no-ff', 'feature', '-m', 'merge');
  const env = { ...mergeRequest, CI_MERGE_REQUEST_EVENT_TYPE: type, CI_MERGE_REQUEST_DIFF_BASE_SHA: c1 };
  expect((await baseOf(repository, [], { env })).base).toBe(target);
});

test('is where another branch left the default branch, which is fetched if the clone lacks it', async () => {
  const [origin, [c1]] = history(2) as [TestRepository, [string]];
  origin.git('checkout', '-q', '-b', 'feature', c1);
  origin.commit('b.txt', 'feature');
  using clone = origin.shallowClone(10);
  const env = { CI_COMMIT_BRANCH: 'feature', CI_DEFAULT_BRANCH: 'main', CI_PIPELINE_SOURCE: 'push' };
  expect(await baseOf(clone, [], { env })).toEqual({ base: c1, reason: `this branch left main at ${short(c1)}` });
});

test('deepens a shallow clone as far as needed', async () => {
  const [origin, commits] = history(70);
  using near = origin.shallowClone(1);
  expect((await baseOf(near, [{ environment: shop, sha: commits[60]! }])).base).toBe(commits[60]);
  expect(near.git('rev-parse', '--is-shallow-repository')).toBe('true');
  using far = origin.shallowClone(1);
  expect((await baseOf(far, [{ environment: shop, sha: commits[0]! }])).base).toBe(commits[0]);
});

test("fetches a newer commit that isn't in the clone", async () => {
  const [origin, [c1]] = history(1) as [TestRepository, [string]];
  using clone = origin.shallowClone(1);
  const newer = origin.commit('a.txt', 'newer');
  const { reason } = await baseOf(clone, [
    { environment: shop, sha: c1 },
    { environment: shop, sha: newer },
  ]);
  expect(reason).toMatch(/but that commit is newer than this one$/);
});

test('is everything if the history cannot be fetched, with git’s reason and without the token', async () => {
  const [origin, [c1]] = history(3) as [TestRepository, [string]];
  using clone = origin.shallowClone(1);
  await using remote = await startGitLab((_request, response) => response.writeHead(403).end('no'));
  const address = new URL(remote.env['CI_API_V4_URL'] ?? '');
  Object.assign(address, { username: 'gitlab-ci-token', password: 'glcbt-secret' });
  clone.git('remote', 'set-url', 'origin', address.href);
  const { base, reason } = await baseOf(clone, [{ environment: shop, sha: c1 }]);
  expect(base).toBe(emptyTree);
  expect(reason).toMatch(/isn't in this clone: fetching the history failed: .*403/);
  expect(reason).not.toContain('glcbt-secret');
});

test.skipIf(process.getuid?.() !== 0)(
  "has git's own words for a clone owned by another user (fault 131, gitlab)",
  async () => {
    const [repository, [c1]] = history(2) as [TestRepository, [string]];
    const { chownSync } = await import('node:fs');
    chownSync(repository.path, 12_345, 12_345);
    chownSync(`${repository.path}/.git`, 12_345, 12_345);
    chmodSync(repository.path, 0o755);
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { base, reason } = await baseOf(repository, [{ environment: shop, sha: c1 }]);
    expect(base).toBe(emptyTree);
    expect(reason).toMatch(/dubious ownership[\s\S]*git config --global --add safe\.directory/);
  },
);

test('is everything outside a repository, and outside GitLab', async () => {
  const [repository] = history(1);
  expect(await chooseBase({ env: {}, cwd: repository.path, environments: [shop] })).toMatchObject({
    base: emptyTree,
    reason: expect.stringMatching(/this isn't a GitLab job/),
  });
  expect(await chooseBase({ env: {}, cwd: '/', environments: [shop] })).toMatchObject({
    base: emptyTree,
    reason: expect.stringMatching(/not a git repository/),
  });
});

test('passes an interruption on', async () => {
  const [repository] = history(1);
  const controller = new AbortController();
  await using gitlab = await startGitLab(() => controller.abort(new Error('interrupted')));
  const options = { env: { ...gitlab.env, ...onMain }, cwd: repository.path, environments: [shop] };
  await expect(chooseBase({ ...options, signal: controller.signal })).rejects.toThrow('interrupted');
});
