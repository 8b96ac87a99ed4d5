import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planInit, type InitOptions, type InitPlan } from './plan-init.ts';
import { readSnapshot } from './project/read-snapshot.ts';
import { applyPlan, projects, snapshotOf } from './testing/projects.ts';
import { writeChanges } from './write-changes.ts';

/* What people have when they try it: a sentence that says what to do, and nothing half written. */

type Files = Readonly<Record<string, string>>;
const plan = (files: Files, options: Partial<InitOptions> = {}, more = {}): InitPlan =>
  planInit(snapshotOf(files, more), { directory: '', version: '0.1.0', ...options });
const pathsOf = ({ changes }: InitPlan): string[] => changes.map(({ path }) => path);
const nx = (version: string): Files => ({
  'nx.json': '{}',
  'package.json': JSON.stringify({ workspaces: ['apps/*'], devDependencies: { nx: version, '@tozo/nx': '0.1.0' } }),
  'apps/shop/package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }',
});

async function directoryOf(files: Files): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tozo-bad-input-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

test('a directory that is no repository gets everything but the pipeline, and no advice that needs Git', async () => {
  const root = await directoryOf({ ...projects.node, '.tozo/changes.json': '{}' });
  const found = planInit(await readSnapshot(root), { directory: '', version: '0.1.0' });
  expect(pathsOf(found)).toEqual(expect.arrayContaining(['deploy.json', 'Dockerfile']));
  expect(pathsOf(found)).not.toEqual(expect.arrayContaining(['.gitlab-ci.yml']));
  expect(found.notes).toContainEqual(expect.stringMatching(/this is no Git repository: run git init/));
  expect(JSON.stringify(found.removable)).not.toContain('git rm');
});

test("a repository that Git can't read is not one to initialize again", async () => {
  const root = await directoryOf({ ...projects.node, '.git': 'gitdir: nowhere\n' });
  const found = planInit(await readSnapshot(root), { directory: '', version: '0.1.0' });
  expect(found.notes).toContainEqual(expect.stringMatching(/Git can't read this repository: not a git repository/));
  expect(found.notes.join('\n')).not.toContain('git init');
});

test('changes that are not committed stay in what is written', async () => {
  const root = await directoryOf(projects.node);
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.com', ...args], { cwd: root });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'all');
  const own = projects.node['package.json'].replace('"shop"', '"shop", "private": true');
  await writeFile(join(root, 'package.json'), own);
  const found = planInit(await readSnapshot(root), { directory: '', version: '0.1.0' });
  await writeChanges(root, found.changes);
  expect(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).toMatchObject({
    private: true,
    scripts: { deploy: expect.any(String) },
  });
});

test('a pipeline with changes that are not committed is refused', () => {
  const files = { ...projects.node, '.gitlab-ci.yml': 'deploy:\n  script: heroku container:push web -a shop-live\n' };
  const options = { from: ['.gitlab-ci.yml'] };
  expect(() => plan(files, options, { uncommitted: new Set(['.gitlab-ci.yml']) })).toThrow(
    /has changes that aren't committed: commit or stash them/,
  );
});

test.each([
  ['a comma too many', '{ "name": "shop", }', /^package\.json isn't valid JSON/],
  ['a list', '[]', /^package\.json isn't a JSON object/],
  ['nothing', '', /^package\.json isn't valid JSON/],
])('a package.json with %s is refused', (_, text, message) => {
  expect(() => plan({ ...projects.node, 'package.json': text })).toThrow(message);
});

test('a deploy.json that is there stays, and is deployed by the pipeline', () => {
  const own = '{ "processes": { "web": {} }, "app": "mine" }';
  const found = plan(
    { ...projects.node, 'deploy.json': own, Procfile: 'web: node server.js\n' },
    { from: ['Procfile'] },
  );
  expect(pathsOf(found)).not.toContain('deploy.json');
  expect(found.kept).toContain('deploy.json');
  expect(found.notes).toContainEqual(expect.stringMatching(/^deploy\.json exists and stays as it is: compare it/));
  expect(found.deployJobs).toBe(true);
  expect(applyPlan(found, snapshotOf({ 'deploy.json': own })).texts.get('deploy.json')).toBe(own);
});

test('without write permission nothing is written, and the sentence says who to ask', async () => {
  const root = await directoryOf({ 'package.json': '{}' });
  await mkdir(join(root, 'apps'));
  await chmod(join(root, 'apps'), 0o555);
  await chmod(root, 0o777);
  // Root may write anywhere.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    await expect(
      writeChanges(root, [
        { path: 'deploy.json', after: '{}' },
        { path: 'apps/Dockerfile', after: '' },
      ]),
    ).rejects.toThrow(
      /^apps\/Dockerfile can't be written: no permission \(EACCES\): check who owns .*apps\. Nothing was written\.$/,
    );
  } finally {
    if (isRoot) process.seteuid!(0);
  }
  expect((await readdir(root)).toSorted()).toEqual(['apps', 'package.json']);
});

test('a framework that is not known starts by its script', () => {
  const found = plan({
    'package.json': '{ "name": "shop", "scripts": { "start": "sails lift" }, "dependencies": { "sails": "1" } }',
    'package-lock.json': '{ "lockfileVersion": 3 }',
  });
  const dockerfile = found.changes.find(({ path }) => path === 'Dockerfile')?.after;
  expect(dockerfile).toContain('CMD ["npm", "run", "--silent", "start"]');
});

test.each(['^21.4.0', '20.0.0', '~16.10.0'])('Nx %s is too old', (version) => {
  expect(() => plan(nx(version))).toThrow(/@tozo\/nx needs Nx 22 or newer: run npx nx migrate latest first/);
});

test.each(['22.0.0', '^23.2.1', 'latest'])('Nx %s fits', (version) => {
  expect(pathsOf(plan(nx(version)))).toContain('apps/shop/deploy.json');
});

test('an app in a directory that no workspace lists is found again by its deploy.json', () => {
  const files = {
    'backend/package.json': projects.node['package.json'],
    'backend/server.js': projects.node['server.js'],
  };
  const first = plan(files, { directory: 'backend' });
  expect(pathsOf(first)).toContain('backend/deploy.json');
  const again = planInit(applyPlan(first, snapshotOf(files)), { directory: '', version: '0.1.0' });
  expect(again.apps.map(({ directory }) => directory)).toEqual(['backend']);
  expect(pathsOf(again)).toEqual([]);
});

test.each(['Dockerfile.prod', 'docker/Dockerfile'])(
  '%s, which deploy.json names, is used by a second run',
  (dockerfile) => {
    const files = {
      ...projects.node,
      [dockerfile]: 'FROM node:24-slim\n',
      'deploy.json': JSON.stringify({ dockerfile }),
    };
    const first = plan(files);
    expect(pathsOf(first)).not.toContain('Dockerfile');
    expect(first.kept).toContain(dockerfile);
    const pipeline = first.changes.find(({ path }) => path === '.gitlab-ci.yml')?.after;
    expect(pipeline).not.toContain('image-deps');
    expect(pathsOf(planInit(applyPlan(first, snapshotOf(files)), { directory: '', version: '0.1.0' }))).toEqual([]);
  },
);
