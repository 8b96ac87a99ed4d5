import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import type { InstalledPackage, InstalledTree } from '../tree/installed.ts';
import { copyFiles, copyPackage } from './copy.ts';
import { assertBuilt } from './entry.ts';
import { manifestForImage } from './manifest-for-image.ts';
import { allFiles, compileFiles, listFiles } from './own-files.ts';

export interface LayerSize {
  /** Packages, libraries, or the app's files. */
  readonly count: number;
  readonly bytes: number;
}

type Placed = ReadonlyMap<string, InstalledPackage>;

/** Copies the third-party packages of a layout. */
export async function fillPackages(directory: string, placed: Placed): Promise<LayerSize> {
  let bytes = 0;
  for (const [path, { directory: from, manifest }] of placed)
    bytes += await copyPackage(from, join(directory, path), manifest.hasBundle);
  await linkCommands(directory, placed);
  return { count: placed.size, bytes };
}

/** Copies the workspace's libraries of a layout: package.json's `files`, or all files that aren't hidden. */
export async function fillLibraries(
  directory: string,
  placed: Placed,
  tree: InstalledTree,
  out: string,
): Promise<LayerSize> {
  let bytes = 0;
  for (const [path, { directory: from, manifest, edges }] of placed) {
    const listed = await listFiles(
      from,
      manifest.files ? compileFiles(withEntries(manifest.raw, manifest.files)) : allFiles,
    );
    const files = listed.filter((file) => file !== 'package.json' && !isInside(join(from, file), out));
    assertBuilt(from, manifest, files);
    bytes += await copyFiles(from, join(directory, path), files);
    bytes += await writeText(
      join(directory, path, 'package.json'),
      manifestForImage(manifest, versionsOf(edges, tree), ['scripts']),
    );
  }
  await linkCommands(directory, placed);
  return { count: placed.size, bytes };
}

/**
 * Returns the app's own files, without its package.json.
 * @param patterns as in package.json's `files`
 * @throws ImageDepsError NOT_BUILT if a pattern matches nothing
 */
export async function listAppFiles(from: string, patterns: readonly string[], out: string): Promise<string[]> {
  const listed = await listFiles(from, compileFiles(patterns));
  for (const pattern of patterns.filter((text) => !text.startsWith('!'))) {
    const matchesPattern = compileFiles([pattern]);
    if (listed.some((file) => matchesPattern(file))) continue;
    throw new ImageDepsError('NOT_BUILT', await describeMissing(from, pattern, patterns));
  }
  return listed.filter((file) => file !== 'package.json' && !isInside(join(from, file), out));
}

/** Names the directory that builds usually write to and `files` doesn't list, if there's one. */
async function describeMissing(from: string, pattern: string, patterns: readonly string[]): Promise<string> {
  const isListed = compileFiles(patterns);
  const entries = await readdir(from, { withFileTypes: true });
  const other = entries.find(
    (entry) =>
      entry.isDirectory() && /^(?:\.output|[\w-]*build|dist|out|www)$/.test(entry.name) && !isListed(entry.name),
  );
  const wrote = other === undefined ? 'the build writes another directory' : `the build wrote ${other.name} instead`;
  return `${join(from, pattern)} doesn't exist or has no files: build the app first. If it's built, ${wrote}: list that in "files" of package.json.`;
}

export async function fillApp(
  directory: string,
  from: string,
  files: readonly string[],
  packageJson: string,
): Promise<LayerSize> {
  const bytes = await copyFiles(from, directory, files);
  return { count: files.length + 1, bytes: bytes + (await writeText(join(directory, 'package.json'), packageJson)) };
}

export function versionsOf(edges: ReadonlyMap<string, string>, { packages }: InstalledTree): Map<string, string> {
  return new Map([...edges].map(([name, id]) => [name, packages.get(id)?.manifest.version ?? '']));
}

/** Links the commands of packages right below node_modules, as package managers do. */
async function linkCommands(directory: string, placed: Placed): Promise<void> {
  for (const [path, { manifest }] of placed) {
    if (path.lastIndexOf('node_modules/') !== 0) continue;
    for (const [command, script] of Object.entries(manifest.bin)) {
      const file = join(directory, path, script);
      const isCommand = /^[\w.-]+$/.test(command) && !posix.normalize(script).startsWith('..');
      if (!isCommand || !(await stat(file).catch(() => undefined))?.isFile()) continue;
      await chmod(file, 0o755);
      await mkdir(join(directory, 'node_modules/.bin'), { recursive: true });
      await symlink(
        posix.join('..', path.slice('node_modules/'.length), script),
        join(directory, 'node_modules/.bin', command),
      ).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }
}

/** What a package loads belongs to it, even if `files` doesn't list it. */
function withEntries({ main }: Readonly<Record<string, unknown>>, files: readonly string[]): string[] {
  return [...files, ...(typeof main === 'string' ? [main] : [])];
}

function isInside(file: string, directory: string): boolean {
  return file.startsWith(`${directory}/`);
}

async function writeText(file: string, text: string): Promise<number> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o644 });
  return Buffer.byteLength(text);
}
