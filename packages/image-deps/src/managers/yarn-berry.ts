import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ImageDepsError } from '../errors.ts';
import type { LockedDependencies, Manager } from './manager.ts';
import { architecturesOf, objectOf, readIfPresent } from './pnpm.ts';
import { pruneYarnLock } from './yarn-lock.ts';

/** Yarn 2 and newer with `nodeLinker: node-modules`. */
export const yarnBerry: Manager = {
  command: 'yarn',
  majors: { from: 2, to: Infinity },
  settings: ['.npmrc', '.yarnrc.yml', '.yarn/releases', '.yarn/plugins', '.yarn/patches', 'patches'],
  update: 'yarn install',
  async listMembers({ lock }) {
    return workspacesOf(lock).map(({ path }) => (path === '.' ? '' : path));
  },
  /** `yarn workspaces focus` resolves what is missing in the lock file. */
  assertLockFits({ lock, lockFile, root }, members) {
    const locked = new Map(workspacesOf(lock).map(({ path, ranges }) => [path === '.' ? '' : path, ranges]));
    for (const { path, manifest } of members) {
      const ranges = locked.get(path);
      for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
        if (range.startsWith('catalog:')) continue;
        if (ranges !== undefined && withoutProtocol(String(ranges[name])) === withoutProtocol(range)) continue;
        const file = `${path === '' ? '' : `${path}/`}package.json`;
        throw new ImageDepsError(
          'LOCK_OUTDATED',
          `${root}/${lockFile} lacks ${name}@${range} of ${file}: run yarn install and commit the file.`,
        );
      }
    }
  },
  async install({ project, scratch, platform, run }) {
    const file = join(scratch, '.yarnrc.yml');
    const settings = objectOf(parse(await readIfPresent(file)));
    // Yarn knows: it may be set in the environment, in the home directory or above the workspace.
    if (/\bpnp\b/.test(await run(['config', 'get', 'nodeLinker'], project.root)))
      throw new ImageDepsError(
        'MANAGER_UNSUPPORTED',
        `${project.root} uses Yarn's Plug'n'Play, which has no node_modules: set "nodeLinker: node-modules" in .yarnrc.yml.`,
      );
    const supportedArchitectures = architecturesOf(platform);
    const needed = { nodeLinker: 'node-modules', nmMode: 'classic', nmHoistingLimits: 'none', enableScripts: false };
    const { cacheFolder: _, ...kept } = settings;
    await writeFile(
      file,
      stringify({ ...kept, ...needed, supportedArchitectures, enableGlobalCache: true, enableTelemetry: false }),
    );
    const env = { YARN_NODE_LINKER: 'node-modules', YARN_ENABLE_SCRIPTS: 'false' };
    await run(['workspaces', 'focus', '--production'], join(scratch, project.app), env);
  },
  readLockedDependencies(lock) {
    const merged = new Map<string, LockedDependencies>();
    for (const { resolution, version, dependencies, meta } of entriesOf(lock)) {
      const names = Object.keys(dependencies);
      const optional = new Set(names.filter((name) => objectOf(meta[name])['optional'] === true));
      const name = resolution.slice(0, resolution.indexOf('@', 1));
      merged.set(`${name}@${version}`, {
        required: names.filter((dependency) => !optional.has(dependency)),
        optional: [...optional],
      });
    }
    return merged;
  },
  pruneLock: ({ lock }, packages) => pruneYarnLock(lock, packages),
};

/** The lock file writes `npm:` in front of ranges, and appends where files are. */
function withoutProtocol(range: string): string {
  return range.replace(/^npm:(?=[^@]*$)/, '').replace(/^(patch|file|portal|link):(.*?)::.*$/, '$1:$2');
}

function workspacesOf(lock: string): { path: string; ranges: Record<string, unknown> }[] {
  return entriesOf(lock).flatMap(({ resolution, dependencies }) => {
    const [, path] = /@workspace:(.*)$/.exec(resolution) ?? [];
    return path === undefined ? [] : [{ path, ranges: dependencies }];
  });
}

function entriesOf(lock: string) {
  return Object.values(objectOf(parse(lock))).flatMap((value) => {
    const entry = objectOf(value);
    return typeof entry['resolution'] === 'string'
      ? [
          {
            resolution: entry['resolution'],
            version: String(entry['version']),
            dependencies: objectOf(entry['dependencies']),
            meta: objectOf(entry['dependenciesMeta']),
          },
        ]
      : [];
  });
}
