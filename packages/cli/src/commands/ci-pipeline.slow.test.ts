import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../run-command.ts';
import { checkPipeline } from './check-pipeline.ts';

const integrity = `sha512-${'A'.repeat(86)}==`;
const lockFile = JSON.stringify({
  packages: { 'node_modules/@tozo/cli': { version: '1.2.3', resolved: 'https://registry.example/cli.tgz', integrity } },
});

function repository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tozo-pipeline-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) write(root, file, text);
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', '-A'], { cwd: root });
  return root;
}

function write(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

async function run(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, command = 'pipeline') {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { PATH } = process.env;
  const code = await runCommand(['ci', command, ...args], {
    cwd,
    env: { PATH, ...env },
    stdin: Readable.from([]),
    stdout,
    stderr,
  });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const shop = {
  'apps/shop/deploy.json': '{"app": "shop-live", "processes": {"web": {}}}',
  'apps/shop/package.json': '{"name": "@acme/shop"}',
};

test('writes the deploy jobs, and the lock file that pins the tool', async () => {
  const root = repository({ ...shop, 'package-lock.json': lockFile });
  expect(await run(join(root, 'apps/shop'), [])).toEqual({
    code: 0,
    stdout:
      'wrote .gitlab/deploy.yml, .gitlab/tozo/package.json, .gitlab/tozo/package-lock.json: 1 app. Commit them.\n',
    stderr: '',
  });
  const text = readFileSync(join(root, '.gitlab/deploy.yml'), 'utf8');
  expect(text).toContain('\ndeploy @acme/shop:\n');
  expect(text).toContain('name: production/acme-shop');
  expect(readFileSync(join(root, '.gitlab/tozo/package-lock.json'), 'utf8')).toContain(integrity);
  expect(await run(root, ['--check'])).toMatchObject({ code: 0, stdout: '.gitlab/deploy.yml is up to date: 1 app\n' });
});

test('fails the check of a stale file, and says how to fix it', async () => {
  const root = repository(shop);
  await run(root, []);
  write(root, 'apps/api/deploy.json', '{"app": "api-live", "processes": {"web": {}}}');
  execFileSync('git', ['add', '-A'], { cwd: root });
  expect(await run(root, ['--check'])).toEqual({
    code: 1,
    stdout: '',
    stderr:
      ".gitlab/deploy.yml isn't up to date with this commit's apps. Run tozo ci pipeline, and commit the result.\n",
  });
  expect(readFileSync(join(root, '.gitlab/deploy.yml'), 'utf8')).not.toContain('apps/api');
});

test('keeps the options that the file was written with', async () => {
  const root = repository({ ...shop, 'package-lock.json': lockFile });
  await run(root, ['--single', '--tool-job', 'tool', '--out', 'ci/deploy.yml']);
  expect(readFileSync(join(root, 'ci/deploy.yml'), 'utf8')).toMatch(
    /^# Written by: tozo ci pipeline --single --tool-job tool\n/,
  );
  expect(await run(root, ['--check', '--out', 'ci/deploy.yml'])).toMatchObject({ code: 0 });
  expect(await run(root, ['--check', '--no-single', '--out', 'ci/deploy.yml'])).toMatchObject({ code: 1 });
});

test('keeps the name of a tool job with a space, and refuses one with a line break', async () => {
  const root = repository(shop);
  await run(root, ['--tool-job', 'build tool']);
  expect(await run(root, ['--check'])).toMatchObject({ code: 0, stderr: '' });
  expect(await run(root, ['--tool-job', 'build\ntool'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--tool-job: "build\\ntool" can\'t be the name of a job'),
  });
});

test('writes only into the repository, and replaces only what it wrote', async () => {
  const root = repository({ ...shop, 'ci/own.yml': 'stages: []\n' });
  symlinkSync(join(root, 'absent.yml'), join(root, 'ci/link.yml'));
  symlinkSync(tmpdir(), join(root, 'outside'));
  for (const [out, reason] of [
    ['ci/own.yml', "wasn't written by tozo ci pipeline"],
    ['ci/link.yml', 'is a link'],
    ['outside/deploy.yml', "isn't among the repository's files"],
    ['../deploy.yml', "isn't among the repository's files"],
    ['.git/deploy.yml', "isn't among the repository's files"],
  ] as const) {
    expect(await run(root, ['--out', out])).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
  }
  expect(existsSync(join(root, 'absent.yml'))).toBe(false);
  expect(readFileSync(join(root, 'ci/own.yml'), 'utf8')).toBe('stages: []\n');
});

test('warns of jobs that .gitlab-ci.yml replaces', async () => {
  const root = repository({ ...shop, '.gitlab-ci.yml': '"deploy @acme/shop":\n  script: [true]\n' });
  const stderr = expect.stringMatching(/^warning: .*: deploy @acme\/shop\. Give them other names/);
  expect(await run(root, [])).toMatchObject({ code: 0, stderr });
  expect(await run(root, ['--check'])).toMatchObject({ code: 0, stderr });
  const checks: string[] = [];
  for await (const { text } of checkPipeline(root, {})) checks.push(text);
  expect(checks).toContainEqual(expect.stringMatching(/: deploy @acme\/shop\. Give them other/));
});

test("reads the outputs of Nx's targets, and refuses those that are sources", async () => {
  const project = (output: string) =>
    JSON.stringify({ name: 'shop', targets: { build: { command: 'true', outputs: [output] } } });
  const root = repository({
    ...{ 'nx.json': '{"analytics": false}', 'package.json': '{}', '.gitignore': 'node_modules' },
    ...{ ...shop, 'apps/shop/project.json': project('{projectRoot}/dist/**/*.js') },
  });
  symlinkSync(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(root, 'node_modules'));
  expect(await run(root, [])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(root, '.gitlab/deploy.yml'), 'utf8')).toContain('TOZO_BUILDS: apps/shop/dist\n');

  write(root, 'apps/shop/project.json', project('{projectRoot}/*.js'));
  expect(await run(root, [])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`the output "{projectRoot}/*.js", because it's the whole project apps/shop: `),
  });
}, 60_000);

test('refuses a workspace of Nx in a subdirectory, as ci affected does', async () => {
  const app = 'front/apps/shop';
  const root = repository({
    'front/nx.json': '{}',
    [`${app}/deploy.json`]: shop['apps/shop/deploy.json'],
    [`${app}/package.json`]: '{}',
  });
  const refusal = { code: 2, stderr: expect.stringContaining('front/nx.json: the Nx workspace must be at the top') };
  expect(await run(root, [])).toMatchObject(refusal);
  expect(existsSync(join(root, '.gitlab'))).toBe(false);
  for (const cwd of [root, join(root, 'front')])
    expect(await run(cwd, ['build', '--out', '.tozo'], { CI_COMMIT_SHA: '0'.repeat(40) }, 'affected')).toMatchObject(
      refusal,
    );
});

test('needs no app', async () => {
  expect(await run(repository({ 'README.md': '' }), [])).toMatchObject({
    code: 0,
    stdout: 'wrote .gitlab/deploy.yml: 0 apps. Commit it.\n',
  });
});

test('fails the check if the component and the tool have different versions', async () => {
  const root = repository({ ...shop, 'package-lock.json': lockFile });
  await run(root, []);
  expect(await run(root, ['--check'], { TOZO_COMPONENT_VERSION: '1.3.0' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("component's version 1.3.0, but package-lock.json pins @tozo/cli 1.2.3"),
  });
  for (const version of ['', '1.2.3', 'v1.2.3', 'main', '9eb3f8df80eb30eedf70883e2d67e010e3acb651'])
    expect(await run(root, ['--check'], { TOZO_COMPONENT_VERSION: version })).toMatchObject({ code: 0 });
});

test('reports a deploy.json that is invalid, and a directory without a repository', async () => {
  expect(await run(repository({ 'apps/shop/deploy.json': '{"aps": 1}' }), [])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('aps'),
  });
  const outside = mkdtempSync(join(tmpdir(), 'tozo-no-repository-'));
  onTestFinished(() => rmSync(outside, { recursive: true }));
  expect(await run(outside, [])).toMatchObject({ code: 2, stderr: expect.stringContaining('git repository') });
});
