import { execFile, execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readGuide } from '../src/guides/read-guide.ts';
import { cleanEnvironment, tozoProgram } from '../src/testing/tozo.ts';

/* The commands of the guides in docs/guides work as they are written, one after the other. */

/** CI runs these. `npm run prove guides` runs all. */
const sample = ['start.md', 'from-the-tutorial.md', 'rollback.md'];

const run = promisify(execFile);
const guides = fileURLToPath(new URL('../../docs/guides', import.meta.url));
const names = readdirSync(guides).filter((name) => name !== 'README.md');

/** The app of the first guide, which the others start with. */
let app: Readonly<Record<string, string>>;
let bin: string;

beforeAll(async () => {
  const files = (await readGuide(join(guides, 'start.md'))).flatMap((step) =>
    'file' in step ? [[step.file, step.text]] : [],
  );
  app = Object.fromEntries(files) as Record<string, string>;
  bin = await mkdtemp(join(tmpdir(), 'tozo-guides-bin-'));
  const npm = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim();
  const tozo = `exec '${process.execPath}' '${tozoProgram}' "$@"\n`;
  const programs = {
    tozo,
    // An installed command, without an installation.
    npx: `[ "$1" = --no ] && shift\n[ "$1" = tozo ] || exit 9\nshift\n${tozo}`,
    npm: `[ "$1" = install ] && exit 0\nexec '${npm}' "$@"\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}`);
    await chmod(join(bin, name), 0o755);
  }
});
afterAll(() => rm(bin, { recursive: true }));

test.each(process.env['GUIDES'] === 'all' ? names : sample)('the commands of %s work', async (name) => {
  const root = await mkdtemp(join(tmpdir(), 'tozo-guide-'));
  const directory = join(root, 'shop');
  const env = cleanEnvironment({
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: root,
    TOZO_SANDBOX_DIR: join(root, 'sandbox'),
    XDG_STATE_HOME: join(root, 'state'),
    // npm would ask its registry for a newer npm.
    npm_config_update_notifier: 'false',
  });
  const shell = (command: string) => run('sh', ['-c', command], { cwd: directory, env });
  onTestFinished(async () => {
    await shell('tozo sandbox stop').catch(() => undefined);
    await rm(root, { recursive: true, force: true });
  });
  const steps = await readGuide(join(guides, name));
  const own = steps.filter((step) => 'file' in step);
  await write(directory, app);
  await write(directory, Object.fromEntries(own.map(({ file, text }) => [file, text])));
  await write(directory, { 'package-lock.json': await lockOf(directory) });
  if (needsInit(steps)) await shell('tozo init --yes');
  for (const step of steps) {
    if (!('command' in step)) continue;
    // A check may find something to fix, and says so by its exit code.
    const mayFail = step.command.startsWith('npx tozo doctor');
    await shell(step.command).catch((error: Error & { stdout?: string; stderr?: string }) => {
      if (!mayFail) throw new Error(`${name}, line ${step.line}: ${step.command}\n${error.stdout}${error.stderr}`);
    });
  }
  expect(steps.some((step) => 'command' in step) || name === 'README.md').toBe(true);
});

test('every page of the guides is linked from their list', async () => {
  const list = await readFile(join(guides, 'README.md'), 'utf8');
  expect(names.filter((name) => !list.includes(`(${name})`))).toEqual([]);
});

test('the page of errors has all codes of a deploy and of the Heroku API, and no others', async () => {
  const page = await readFile(join(guides, 'errors.md'), 'utf8');
  const listed = [...page.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) +\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/[A-Z_]+/g)].map(([code]) => code),
  );
  const sources = await Promise.all(
    ['deploy', 'heroku-client'].map((name) => readFile(join(guides, `../../packages/${name}/src/errors.ts`), 'utf8')),
  );
  const codes = sources.flatMap((source) => [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code!));
  expect(listed.toSorted()).toEqual(codes.toSorted());
});

/** A guide that deploys at once has a project that was set up before. */
function needsInit(steps: readonly object[]): boolean {
  return !steps.some(
    (step) =>
      'command' in step && typeof step.command === 'string' && /\binit --(?:yes|from|no-pipeline)/.test(step.command),
  );
}

async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
}

/** The lock file that npm writes for a project without dependencies. */
async function lockOf(directory: string): Promise<string> {
  const { name, version, workspaces } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version?: string;
    workspaces?: string[];
  };
  const members = workspaces === undefined ? [] : readdirSync(join(directory, 'apps'));
  const packages = Object.fromEntries(
    members.flatMap((member) => [
      [`apps/${member}`, { version: '1.0.0' }],
      [`node_modules/${member}`, { resolved: `apps/${member}`, link: true }],
    ]),
  );
  return JSON.stringify({
    name,
    ...(version ? { version } : {}),
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, ...(version ? { version } : {}), ...(workspaces ? { workspaces } : {}) }, ...packages },
  });
}
