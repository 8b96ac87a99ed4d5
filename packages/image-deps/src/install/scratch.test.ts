import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { npm } from '../managers/npm.ts';
import { readClosure } from '../project/closure.ts';
import { findProject } from '../project/find-project.ts';
import { createScratch } from './scratch.ts';

/** Returns the files of the scratch directory's parent, for an app and a library next to a tool outside the workspace. */
async function scratchFiles(app: object, library: object = {}): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'scratch-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const files = {
    'tool/package.json': { name: 'tool' },
    'tool/cli.js': {},
    'tool.tgz': {},
    'acme/package.json': { name: 'acme' },
    'acme/package-lock.json': {},
    'acme/app/package.json': { name: 'app', ...app },
    'acme/lib/package.json': { name: 'lib', ...library },
  };
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), JSON.stringify(content));
  }
  const project = await findProject(join(directory, 'acme/app'));
  const members = await readClosure(project.root, project.app, ['', 'app', 'lib']);
  await using scratch = await createScratch(project, members, npm);
  const parent = dirname(scratch.directory);
  const entries = await readdir(parent, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(parent.length + 1))
    .filter((file) => !file.startsWith('outside/'))
    .toSorted();
}

test.each(['file:../../tool', 'link:../../tool', 'portal:../../tool'])(
  'of a devDependency outside the workspace (%s) only the manifest is copied',
  async (range) => {
    expect(await scratchFiles({ devDependencies: { tool: range } })).toEqual(['tool/package.json']);
  },
);

test('an archive outside is copied, and what does not exist is left out', async () => {
  const devDependencies = { tool: 'file:../../tool.tgz', gone: 'file:../../gone' };
  expect(await scratchFiles({ devDependencies })).toEqual(['tool.tgz']);
});

test('a devDependency of a library, and what only a devDependency needs, may be outside', async () => {
  const outside = { tool: 'file:../../tool' };
  expect(await scratchFiles({ dependencies: { lib: '*' } }, { devDependencies: outside })).toHaveLength(1);
  expect(await scratchFiles({ devDependencies: { lib: '*' } }, { dependencies: outside })).toHaveLength(1);
});

test.each([
  ['the app', { dependencies: { tool: 'file:../../tool' } }, {}, 'app/package.json'],
  ['a library', { dependencies: { lib: '*' } }, { optionalDependencies: { tool: '../../tool' } }, 'lib/package.json'],
  ['the app, absolutely', { dependencies: { tool: 'file:/tool' } }, {}, 'app/package.json'],
])('a dependency outside of %s is rejected', async (_, app, library, manifest) => {
  const message = new RegExp(`tool@.* of ${manifest} is outside the directory of the lock file: move it inside`);
  await expect(scratchFiles(app, library)).rejects.toMatchObject({
    code: 'DEPENDENCY_OUTSIDE',
    message: expect.stringMatching(message),
  });
});
