import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workspace } from './workspace.ts';

const installed = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const compiled = fileURLToPath(new URL('../../out/compiled/node_modules/@tozo', import.meta.url));

/** The script of Nx's command. */
export const nxScript = join(installed, 'nx/dist/bin/nx.js');

/** Makes an npm workspace one of Nx with the plugin, in which what the image is made of is built, and ignored by Git. */
export async function usePlugin(workspace: Workspace): Promise<void> {
  const { root } = workspace;
  for (const [path, target] of [
    ['nx', join(installed, 'nx')],
    ['@tozo/nx', join(compiled, 'nx')],
    ['@tozo/cli', join(compiled, 'cli')],
    ['.bin/tozo', join(compiled, 'cli/bin/tozo.js')],
  ] as const) {
    await mkdir(dirname(join(root, 'node_modules', path)), { recursive: true });
    await symlink(target, join(root, 'node_modules', path));
  }
  const settings = { neverConnectToCloud: true, analytics: false, plugins: ['@tozo/nx/plugin'] };
  await workspace.write('nx.json', JSON.stringify(settings));
  await workspace.write('.gitignore', 'node_modules\n.nx\n.cache\n.sandbox\ndist\nout\nreport.json\n');
  for (const [project, file] of [
    ['apps/my shop', 'server.js'],
    ['libs/prices', 'index.js'],
  ] as const) {
    const manifest = JSON.parse(await readFile(join(root, project, 'package.json'), 'utf8')) as object;
    const build = { command: 'cp -r src/. dist', options: { cwd: '{projectRoot}' }, outputs: ['{projectRoot}/dist'] };
    await workspace.write(`${project}/package.json`, JSON.stringify({ ...manifest, nx: { targets: { build } } }));
    await workspace.write(`${project}/src/${file}`, await readFile(join(root, project, 'dist', file), 'utf8'));
  }
}
