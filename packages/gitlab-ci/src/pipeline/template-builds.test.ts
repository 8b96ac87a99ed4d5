import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const template = readFileSync(new URL('../../../../templates/pipeline.yml', import.meta.url), 'utf8');
const jobs = parseAllDocuments(template)[1]?.toJS() as Record<
  string,
  { readonly before_script: readonly string[]; readonly variables: Readonly<Record<string, string>> }
>;
const takeBuilds = jobs['.tozo-tool']!.before_script.find((command) => command.includes('$TOZO_BUILDS'))!;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Returns the job's own clone, with two apps, and the directory with the artifacts of lint-test. */
function directories(): { readonly root: string; readonly project: string } {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'tozo-builds-')));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const [root, project] = [join(top, 'root'), join(top, 'project')];
  for (const file of ['apps/shop/deploy.json', 'apps/blog/deploy.json']) write(join(root, file), 'committed');
  symlinkSync('../blog', join(root, 'apps/shop/link'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root });
  git('init', '-q');
  git('add', '-A');
  return { root, project };
}

function take(builds: string, { root, project }: ReturnType<typeof directories>) {
  const env = { PATH: process.env['PATH'], root, project, TOZO_BUILDS: builds };
  return spawnSync('sh', ['-e', '-c', takeBuilds], { cwd: root, env, encoding: 'utf8' });
}

test('moves what lint-test built into the clone', () => {
  const at = directories();
  for (const build of ['apps/shop/dist', 'dist/my blog']) write(join(at.project, build, 'new.js'), 'new');
  write(join(at.root, 'apps/shop/dist/old.js'), 'old');
  expect(take('apps/shop/dist:dist/my blog:apps/shop/absent', at)).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(join(at.root, 'apps/shop/dist/new.js'), 'utf8')).toBe('new');
  expect(readFileSync(join(at.root, 'dist/my blog/new.js'), 'utf8')).toBe('new');
  expect(existsSync(join(at.root, 'apps/shop/dist/old.js'))).toBe(false);
});

test('takes nothing if nothing is built', () => {
  expect(take('', directories())).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  'apps/shop',
  'apps/shop/deploy.json',
  'apps/blog',
  'apps',
  '.',
  'apps/../apps/blog',
  '.git/hooks',
  'apps/shop/.git',
  '.gitlab/tozo/node_modules',
  '.tozo',
  'apps/shop/link/dist',
])('refuses to replace %s, which the commit, git or the job has', (build) => {
  const at = directories();
  write(join(at.project, 'apps/shop/dist/new.js'), 'new');
  const { status, stderr } = take(`${build}:apps/shop/dist`, at);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `TOZO_BUILDS names ${build}, where files of the commit, git or this job are: run tozo ci pipeline, and commit the result.\n`,
  });
  expect(existsSync(join(at.root, 'apps/shop/dist'))).toBe(false);
});

test("doesn't follow a link in the artifacts", () => {
  const at = directories();
  write(join(at.project, 'secret/new.js'), 'new');
  mkdirSync(join(at.project, 'apps/shop'), { recursive: true });
  symlinkSync('../../secret', join(at.project, 'apps/shop/dist'));
  expect(take('apps/shop/dist', at)).toMatchObject({ status: 0 });
  expect(existsSync(join(at.root, 'apps/shop/dist'))).toBe(false);
});

test('an apply sees the synthesized file next to the import blocks and the providers’ lock file of the commit', () => {
  const at = directories();
  const directory = 'apps/shop/out/infrastructure';
  for (const name of ['import.tf.json', '.terraform.lock.hcl']) write(join(at.root, directory, name), 'committed');
  execFileSync('git', ['add', '-A'], { cwd: at.root });
  write(join(at.project, directory, 'cdk.tf.json'), 'synthesized');
  const builds = jobs['.tozo-terraform']!.variables['TOZO_BUILDS']!.replace('$TOZO_INFRASTRUCTURE', 'apps/shop');
  expect(take(builds, at)).toMatchObject({ status: 0, stderr: '' });
  const files = ['cdk.tf.json', 'import.tf.json', '.terraform.lock.hcl'];
  expect(files.map((name) => readFileSync(join(at.root, directory, name), 'utf8'))).toEqual([
    'synthesized',
    'committed',
    'committed',
  ]);
});
