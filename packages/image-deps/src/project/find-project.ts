import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import { type Manifest, readManifest } from './manifest.ts';

export type ManagerName = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry';

/** An app, and the lock file that its dependencies come from. */
export interface Project {
  /** The directory of the lock file: the app's own, or a workspace's root. */
  readonly root: string;
  /** The app's directory, relative to the root with slashes; empty if it's the root. */
  readonly app: string;
  readonly manifest: Manifest;
  readonly rootManifest: Manifest;
  readonly manager: ManagerName;
  readonly lockFile: string;
  readonly lock: string;
  /** The version that the root's `packageManager` field asks for. */
  readonly wantedVersion: string | undefined;
}

const lockFiles: Readonly<Record<string, 'npm' | 'pnpm' | 'yarn' | 'bun'>> = {
  'npm-shrinkwrap.json': 'npm',
  'package-lock.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
};

/** Finds the nearest lock file at or above an app's directory, up to the root of its Git repository. */
export async function findProject(directory: string): Promise<Project> {
  const appDirectory = resolve(directory);
  const manifest = await readAppManifest(appDirectory);
  const root = await findRoot(appDirectory);
  const rootManifest = root === appDirectory ? manifest : await readManifest(join(root, 'package.json'));
  const { lockFile, kind, wantedVersion } = await chooseLockFile(root, rootManifest);
  const lock = await readFile(join(root, lockFile), 'utf8');
  const manager = kind === 'yarn' ? (/^__metadata:/m.test(lock) ? 'yarn-berry' : 'yarn-classic') : kind;
  const app = relative(root, appDirectory).replaceAll('\\', '/');
  return { root, app, manifest, rootManifest, manager, lockFile, lock, wantedVersion };
}

async function readAppManifest(directory: string): Promise<Manifest> {
  if (!existsSync(join(directory, 'package.json')) && existsSync(join(directory, 'dist/package.json')))
    throw new ImageDepsError(
      'MANIFEST_INVALID',
      `${directory} has no package.json, but its dist does: name that directory (tozo image-deps dist).`,
    );
  return readManifest(join(directory, 'package.json'));
}

async function findRoot(start: string): Promise<string> {
  for (let directory = start; ; directory = dirname(directory)) {
    const names = await readdir(directory);
    if (names.some((name) => Object.hasOwn(lockFiles, name))) return directory;
    if (names.includes('.git') || dirname(directory) === directory) break;
  }
  throw new ImageDepsError(
    'LOCK_MISSING',
    `${start} has no package-lock.json, pnpm-lock.yaml or yarn.lock, nor has a directory above it: run npm install and commit the lock file.`,
  );
}

async function chooseLockFile(
  root: string,
  { raw }: Manifest,
): Promise<{ lockFile: string; kind: 'npm' | 'pnpm' | 'yarn'; wantedVersion: string | undefined }> {
  const names = await readdir(root);
  const found = Object.keys(lockFiles).filter((name) => names.includes(name));
  const field = typeof raw['packageManager'] === 'string' ? raw['packageManager'] : undefined;
  const [, wanted, wantedVersion] = /^([^@]+)(?:@([^+]*))?/.exec(field ?? '') ?? [];
  const manifestFile = join(root, 'package.json');
  if (wanted !== undefined && !['npm', 'pnpm', 'yarn'].includes(wanted))
    throw new ImageDepsError(
      'MANAGER_UNSUPPORTED',
      `${manifestFile} asks for the package manager ${field}: use npm, pnpm or Yarn.`,
    );
  const usable = wanted === undefined ? found : found.filter((name) => lockFiles[name] === wanted);
  if (usable.length === 0)
    throw new ImageDepsError(
      'LOCK_AMBIGUOUS',
      `${manifestFile} asks for ${field}, but ${root} has ${found.join(', ')}: run ${wanted} install, and delete the other lock file.`,
    );
  const kinds = new Set(usable.map((name) => lockFiles[name]));
  if (kinds.size > 1)
    throw new ImageDepsError(
      'LOCK_AMBIGUOUS',
      `${root} has lock files of several package managers (${usable.join(', ')}): delete all but one, or set "packageManager" in package.json.`,
    );
  const [kind] = kinds;
  if (kind === undefined || kind === 'bun')
    throw new ImageDepsError(
      'MANAGER_UNSUPPORTED',
      `${join(root, usable[0] ?? '')} is Bun's: use npm, pnpm or Yarn, or a Dockerfile with RUN.`,
    );
  return { lockFile: usable[0] ?? '', kind, wantedVersion: wantedVersion || undefined };
}
