import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ImageDepsError } from '../errors.ts';
import { isObject } from '../project/manifest.ts';
import type { Platform } from '../platform.ts';
import type { InstallRequest, LockedDependencies, Manager } from './manager.ts';

/** pnpm 8 and newer. Its links to a store become plain directories by `node-linker=hoisted`. */
export const pnpm: Manager = {
  command: 'pnpm',
  majors: { from: 8, to: Infinity },
  settings: ['.npmrc', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.pnpmfile.mjs', 'pnpmfile.cjs', 'patches'],
  update: 'pnpm install',
  async listMembers({ lock, root }) {
    const importers = objectOf(readLock(lock, root)['importers']);
    return ['', ...Object.keys(importers).filter((path) => path !== '.')];
  },
  async install(request) {
    await dropOtherImporters(request);
    await setPlatform(request);
    // Builds in the store may be for this machine.
    const settings = ['node-linker=hoisted', 'side-effects-cache=false', 'confirm-modules-purge=false'];
    const flags = ['--frozen-lockfile', '--prod', '--ignore-scripts', '--reporter=append-only'];
    await request.run(['install', ...flags, ...settings.map((text) => `--config.${text}`)], request.scratch);
  },
  readLockedDependencies(lock) {
    const { snapshots, packages } = parse(lock) as Record<string, unknown>;
    const found = Object.entries(objectOf(snapshots ?? packages)).map(([key, value]) => {
      const { dependencies, optionalDependencies } = objectOf(value);
      const names = {
        required: Object.keys(objectOf(dependencies)),
        optional: Object.keys(objectOf(optionalDependencies)),
      };
      return [identityOf(key), names] as const;
    });
    const merged = new Map<string, LockedDependencies>();
    for (const [key, { required, optional }] of found) {
      const other = merged.get(key) ?? { required: [], optional: [] };
      merged.set(key, { required: [...other.required, ...required], optional: [...other.optional, ...optional] });
    }
    return merged;
  },
  pruneLock({ lock, root, app }, packages) {
    const content = readLock(lock, root);
    const kept = new Set(packages.map(({ name, version }) => `${name}@${version}`));
    const filter = (entries: unknown): Record<string, unknown> =>
      Object.fromEntries(Object.entries(objectOf(entries)).filter(([key]) => kept.has(identityOf(key))));
    const { devDependencies: _, ...importer } = objectOf(objectOf(content['importers'])[app || '.']);
    const pruned = {
      ...content,
      ...(content['importers'] === undefined ? {} : { importers: { '.': importer } }),
      ...(content['packages'] === undefined ? {} : { packages: filter(content['packages']) }),
      ...(content['snapshots'] === undefined ? {} : { snapshots: filter(content['snapshots']) }),
    };
    return stringify(pruned, { lineWidth: 0 });
  },
};

/** Without these pnpm installs the dependencies of the whole workspace. */
async function dropOtherImporters({ project, members, scratch }: InstallRequest): Promise<void> {
  const content = readLock(project.lock, project.root);
  if (content['importers'] === undefined) return;
  const wanted = new Set(['.', ...members.map(({ path }) => path)]);
  const importers = Object.entries(objectOf(content['importers'])).filter(([path]) => wanted.has(path));
  const text = stringify({ ...content, importers: Object.fromEntries(importers) }, { lineWidth: 0 });
  await writeFile(join(scratch, project.lockFile), text);
}

/** pnpm 10 and newer read settings from pnpm-workspace.yaml, older ones from package.json. */
async function setPlatform({ scratch, platform, version }: InstallRequest): Promise<void> {
  const supportedArchitectures = architecturesOf(platform);
  if (Number.parseInt(version, 10) >= 10) {
    const file = join(scratch, 'pnpm-workspace.yaml');
    const settings = objectOf(parse(await readIfPresent(file)));
    await writeFile(file, stringify({ ...settings, supportedArchitectures }));
  } else {
    const file = join(scratch, 'package.json');
    const manifest = objectOf(JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')));
    const settings = { ...objectOf(manifest['pnpm']), supportedArchitectures };
    await writeFile(file, JSON.stringify({ ...manifest, pnpm: settings }));
  }
}

export function architecturesOf({ os, cpu, libc }: Platform): Record<string, readonly string[]> {
  return { os: [os], cpu: [cpu], libc: [libc] };
}

export async function readIfPresent(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Returns `NAME@VERSION` of a key such as `/NAME@VERSION(PEER@VERSION)`. */
function identityOf(key: string): string {
  return key.replace(/^\//, '').replace(/\(.*$/, '');
}

export function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function readLock(lock: string, root: string): Record<string, unknown> {
  const file = join(root, 'pnpm-lock.yaml');
  let content: unknown;
  try {
    content = parse(lock);
  } catch (error) {
    throw new ImageDepsError('LOCK_UNSUPPORTED', `${file} isn't valid YAML: run pnpm install to repair it.`, {
      cause: error,
    });
  }
  if (Number.parseFloat(String(objectOf(content)['lockfileVersion'])) >= 6) return objectOf(content);
  throw new ImageDepsError(
    'LOCK_UNSUPPORTED',
    `${file} is from pnpm 7 or older: run pnpm install with a newer pnpm, and commit the file.`,
  );
}
