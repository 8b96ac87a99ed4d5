import { ImageDepsError } from '../errors.ts';
import { isObject } from '../project/manifest.ts';
import type { Manager } from './manager.ts';

/** npm 7 and newer, whose lock files list packages by their place. */
export const npm: Manager = {
  command: 'npm',
  majors: { from: 7, to: Infinity },
  settings: ['.npmrc'],
  update: 'npm install',
  async listMembers({ lock, lockFile, root }) {
    const paths = Object.keys(readPackages(lock, `${root}/${lockFile}`));
    return ['', ...paths.filter((path) => path !== '' && !isInstalled(path))];
  },
  async install({ scratch, platform, run }) {
    const target = [`--os=${platform.os}`, `--cpu=${platform.cpu}`, `--libc=${platform.libc}`];
    const kinds = ['--omit=dev', '--include=prod', '--include=optional', '--include=peer'];
    const layout = ['--install-strategy=hoisted', '--install-links=false'];
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--no-update-notifier'];
    await run(['ci', ...kinds, ...target, ...layout, ...quiet], scratch);
  },
  pruneLock({ lock, lockFile, root, manifest }, packages) {
    const entries = readPackages(lock, `${root}/${lockFile}`);
    const { name, version, dependencies, optionalDependencies, peerDependencies } = manifest.raw;
    const own = { name, version, dependencies, optionalDependencies, peerDependencies };
    const kept = packages.map(({ path, installedAt }) => {
      const { dev: _dev, devOptional, ...entry } = entries[installedAt] ?? {};
      return [path, devOptional === true ? { ...entry, optional: true } : entry] as const;
    });
    const pruned = {
      name,
      version,
      lockfileVersion: 3,
      requires: true,
      packages: { '': own, ...Object.fromEntries(kept) },
    };
    return `${JSON.stringify(pruned, undefined, 2)}\n`;
  },
};

function isInstalled(path: string): boolean {
  return path.split('/').includes('node_modules');
}

function readPackages(lock: string, file: string): Record<string, Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(lock);
  } catch (error) {
    throw new ImageDepsError('LOCK_UNSUPPORTED', `${file} isn't valid JSON: run npm install to repair it.`, {
      cause: error,
    });
  }
  const packages = isObject(value) ? value['packages'] : undefined;
  if (!isObject(packages))
    throw new ImageDepsError(
      'LOCK_UNSUPPORTED',
      `${file} is from npm 6 or older: run npm install with a newer npm, and commit the file.`,
    );
  return Object.fromEntries(Object.entries(packages).filter((entry) => isObject(entry[1]))) as never;
}
