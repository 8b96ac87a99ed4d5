import { readdir, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { dockerfileInvalidError } from '../dockerfile/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { BuildContext } from './build-context.ts';
import type { ContextItem } from './entries.ts';
import { compileGlob, hasWildcards, unescapeGlob } from './glob.ts';
import { sensitivePart } from './sensitive-files.ts';
import { similarNames } from './similar-names.ts';

/** A source of COPY in the build context. */
export interface FoundSource {
  /** The file or directory, after following links. */
  readonly item: ContextItem;
  /** The last part of the path as written: the name of the copy. */
  readonly name: string;
}

/**
 * Finds a source of COPY. A pattern may match nothing. A link is followed, but only inside the context.
 * @throws RegistryPusherError COPY_SOURCE_MISSING, COPY_SOURCE_OUTSIDE
 */
export async function findSources(context: BuildContext, source: string, line: number): Promise<FoundSource[]> {
  const path = relativePath(source, line);
  if (!hasWildcards(path)) return [await findOne(context, unescapeGlob(path), source, line)];
  const parts = path.split('/');
  const firstWild = parts.findIndex(hasWildcards);
  const directory = await followLinks(context, unescapeGlob(parts.slice(0, firstWild).join('/')), source, line);
  if (directory === undefined) return [];
  const matchers = parts.slice(firstWild).map((part) => compilePart(part, source, line));
  const found: FoundSource[] = [];
  for await (const { path: match } of findMatches(context, directory, matchers))
    found.push(await findOne(context, match, source, line));
  return found;
}

type Matcher = (name: string) => boolean;

function compilePart(part: string, source: string, line: number): Matcher {
  try {
    return compileGlob(part);
  } catch (error) {
    throw dockerfileInvalidError(line, `"${source}" isn't a valid pattern: ${(error as Error).message}.`);
  }
}

/** Matches one directory level per part, because a star doesn't match a slash. */
async function* findMatches(
  context: BuildContext,
  directory: ContextItem,
  [first, ...rest]: Matcher[],
): AsyncGenerator<ContextItem> {
  if (directory.kind !== 'directory') return;
  for await (const item of context.list(directory)) {
    if (!first!(posix.basename(item.path))) continue;
    if (rest.length === 0) yield item;
    else yield* findMatches(context, item, rest);
  }
}

async function findOne(context: BuildContext, path: string, source: string, line: number): Promise<FoundSource> {
  const item = (await followLinks(context, path, source, line)) ?? (await throwMissing(context, source, line));
  return { item, name: posix.basename(path) };
}

/** Returns a source relative to the context's root. @throws RegistryPusherError COPY_SOURCE_OUTSIDE */
function relativePath(source: string, line: number): string {
  const path = posix.normalize(source.replace(/^\/+/, ''));
  if (path === '..' || path.startsWith('../'))
    throw sourceOutsideError(source, line, 'COPY reads only from the build context');
  return path === '.' || path === './' ? '' : path.replace(/\/$/, '');
}

const maxLinks = 255;

async function followLinks(
  context: BuildContext,
  path: string,
  source: string,
  line: number,
): Promise<ContextItem | undefined> {
  let resolved = '';
  let current = await context.lookup('');
  const ahead = path.split('/').filter((part) => part !== '' && part !== '.');
  for (let links = 0; ahead.length > 0;) {
    const next = posix.join(resolved, ahead.shift()!);
    if (next === '..' || next.startsWith('../'))
      throw sourceOutsideError(source, line, 'a link on its path leads out of the build context');
    const found = next === '.' ? await context.lookup('') : await context.lookup(next);
    if (found === undefined) return undefined;
    if (found.item.kind !== 'link') {
      resolved = found.item.path;
      current = found;
      continue;
    }
    if (found.ignored) return undefined;
    if (++links > maxLinks) throw sourceOutsideError(source, line, 'a link on its path is circular');
    const target = await readlink(found.item.absolute);
    if (target.startsWith('/'))
      throw sourceOutsideError(source, line, `its link ${found.item.path} leads to ${target}`);
    ahead.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
  }
  return current === undefined || current.ignored ? undefined : current.item;
}

async function throwMissing(context: BuildContext, source: string, line: number): Promise<never> {
  const path = relativePath(source, line);
  const secret = sensitivePart(path);
  const ignored = await context.lookup(unescapeGlob(path));
  const where = `Dockerfile line ${line}: COPY source "${source}"`;
  if (ignored !== undefined && secret !== undefined)
    throw new RegistryPusherError(
      'COPY_SOURCE_MISSING',
      `${where} is left out of the build context, because such files may contain ${secret.content}. If the image needs it, add !${secret.path} to .dockerignore.`,
    );
  if (ignored !== undefined)
    throw new RegistryPusherError(
      'COPY_SOURCE_MISSING',
      `${where} exists, but .dockerignore excludes it. Change .dockerignore or the source.`,
    );
  const similar = await findSimilar(context, path);
  const remedy = /^out\/image(?:\/|$)/.test(path)
    ? 'Run tozo image-deps first, which writes it.'
    : similar.length > 0
      ? `Did you mean ${similar.join(' or ')}?`
      : 'Build it first, or correct the path.';
  throw new RegistryPusherError(
    'COPY_SOURCE_MISSING',
    `${where} isn't in the build context ${context.root}. ${remedy}`,
  );
}

async function findSimilar(context: BuildContext, path: string): Promise<string[]> {
  const directory = posix.dirname(path);
  const names = await readdir(posix.join(context.root, directory)).catch((): string[] => []);
  return similarNames(posix.basename(path), names)
    .slice(0, 3)
    .map((name) => (directory === '.' ? name : `${directory}/${name}`));
}

function sourceOutsideError(source: string, line: number, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'COPY_SOURCE_OUTSIDE',
    `Dockerfile line ${line}: COPY source "${source}" is outside the build context: ${why}.`,
  );
}
