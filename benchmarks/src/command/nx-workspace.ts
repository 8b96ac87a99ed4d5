import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publishedDirectory, workspace } from './packages.ts';

/** Writes an Nx workspace without projects, in which Nx, the command and the plugin are installed. */
export async function writeNxWorkspace(directory: string): Promise<void> {
  const modules = join(directory, 'node_modules');
  await mkdir(join(modules, '@tozo'), { recursive: true });
  await mkdir(join(modules, '.bin'));
  await symlink(join(workspace, 'node_modules/nx'), join(modules, 'nx'));
  await symlink(publishedDirectory('nx'), join(modules, '@tozo/nx'));
  await symlink(publishedDirectory('cli'), join(modules, '@tozo/cli'));
  await symlink('../@tozo/cli/bin/tozo.js', join(modules, '.bin/tozo'));
  await writeFiles(directory, {
    'package.json': { name: 'shops', private: true },
    '.gitignore': 'node_modules\n.nx\n',
  });
  await writeFiles(join(modules, 'empty-plugin'), {
    'package.json': { name: 'empty-plugin', version: '1.0.0' },
    'index.js': "exports.createNodes = exports.createNodesV2 = ['**/deploy.json', () => []];\n",
  });
  await usePlugins(directory, ['@tozo/nx/plugin']);
}

/** @param plugins `empty-plugin` infers nothing */
export async function usePlugins(
  directory: string,
  plugins: readonly ('@tozo/nx/plugin' | 'empty-plugin')[],
): Promise<void> {
  await writeFiles(directory, { 'nx.json': { neverConnectToCloud: true, analytics: false, plugins } });
}

/** Writes files: text as it is, anything else as JSON. */
export async function writeFiles(directory: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** The script of Nx's command. */
export const nxScript = join(workspace, 'node_modules/.bin/nx');

/** The environment of someone who has no key, outside of CI. */
export function nxEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    TOZO_SANDBOX_DIR: join(home, 'sandbox'),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NO_COLOR: '1',
  };
}
