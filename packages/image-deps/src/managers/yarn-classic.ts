import { ImageDepsError } from '../errors.ts';
import { isObject } from '../project/manifest.ts';
import type { Manager } from './manager.ts';
import { pruneYarnLock, readYarnLock } from './yarn-lock.ts';

/** Yarn 1. It can't install for another platform, so it installs for all, and what doesn't run on the image's is left out. */
export const yarnClassic: Manager = {
  command: 'yarn',
  majors: { from: 1, to: 1 },
  settings: ['.npmrc', '.yarnrc'],
  update: 'yarn install',
  async listMembers({ rootManifest, root }, run) {
    if (rootManifest.raw['workspaces'] === undefined) return [''];
    const output = await run(['--silent', 'workspaces', 'info', '--json'], root);
    const members: unknown = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
    const locations = Object.values(isObject(members) ? members : {}).map((member) =>
      isObject(member) ? member['location'] : undefined,
    );
    return ['', ...locations.filter((location) => typeof location === 'string')];
  },
  /** In a workspace, `--frozen-lockfile` resolves what is missing in the lock file to the newest version. */
  assertLockFits({ lock, lockFile, root }, members) {
    const known = new Set(readYarnLock(lock).flatMap(({ descriptors }) => descriptors));
    const names = new Set(members.map(({ manifest }) => manifest.name));
    for (const { path, manifest } of members)
      for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
        if (names.has(name) || known.has(`${name}@${range}`) || range.startsWith('link:')) continue;
        const file = `${path === '' ? '' : `${path}/`}package.json`;
        throw new ImageDepsError(
          'LOCK_OUTDATED',
          `${root}/${lockFile} lacks ${name}@${range} of ${file}: run yarn install and commit the file.`,
        );
      }
  },
  async install({ scratch, run }) {
    const flags = ['--frozen-lockfile', '--production', '--ignore-scripts', '--ignore-platform', '--ignore-engines'];
    await run(['install', ...flags, '--non-interactive', '--no-progress'], scratch);
  },
  pruneLock: ({ lock }, packages) => pruneYarnLock(lock, packages),
};
