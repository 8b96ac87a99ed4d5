import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file of the image that image-deps copied from the app, and that the app has another version of. */
export interface StaleCopy {
  /** The directory that image-deps wrote, relative to the project. */
  readonly output: string;
  /** The app's file, relative to the project. */
  readonly file: string;
}

const mostFiles = 500;

/**
 * Returns a file that was edited after `tozo image-deps` copied it, by the bytes of both. What image-deps writes itself, and the
 * server that Next.js writes, have no original to compare with.
 * @param directory the project's
 * @param paths of files that the image contains, absolute or relative to the project
 */
export async function findStaleCopy(directory: string, paths: Iterable<string>): Promise<StaleCopy | undefined> {
  for (const { output, file } of copiesIn(directory, paths)) {
    const [source, copy] = [join(directory, file), join(directory, output, 'app', file)];
    if (await differs(source, copy)) return { output, file };
  }
  return undefined;
}

/** Says what to run. */
export function staleCopyWarning({ output, file }: StaleCopy): string {
  return `${file} was changed after tozo image-deps copied it to ${output}: the image has the old one. Run tozo image-deps again.`;
}

function copiesIn(directory: string, paths: Iterable<string>): StaleCopy[] {
  const outputs = new Map<string, boolean>();
  const copies: StaleCopy[] = [];
  for (const path of paths) {
    const relative = path.startsWith(directory + sep) ? path.slice(directory.length + 1) : path;
    const [, output, file] = /^(.+?)\/app\/(.+)$/.exec(relative) ?? [];
    if (output === undefined || file === undefined || file === 'package.json') continue;
    if (!outputs.has(output)) outputs.set(output, isImageDepsOutput(join(directory, output)));
    if (outputs.get(output)) copies.push({ output, file });
    if (copies.length >= mostFiles) break;
  }
  return copies;
}

function isImageDepsOutput(directory: string): boolean {
  const has = (name: string): boolean => existsSync(join(directory, name));
  return has('packages') && has('libraries') && has('app/package.json') && !has('app/.next');
}

async function differs(source: string, copy: string): Promise<boolean> {
  try {
    const [from, to] = await Promise.all([stat(source), stat(copy)]);
    if (!from.isFile() || !to.isFile()) return false;
    if (from.size !== to.size) return true;
    if (from.mtimeMs <= to.mtimeMs) return false;
    const [left, right] = await Promise.all([readFile(source), readFile(copy)]);
    return !left.equals(right);
  } catch {
    return false; // not a copy of anything that exists
  }
}
