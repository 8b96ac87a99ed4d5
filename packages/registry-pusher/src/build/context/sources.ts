import { readdir, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { dockerfileInvalidError } from '../dockerfile/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { BuildContext } from './build-context.ts';
import type { ContextItem } from './entries.ts';
import { globMatcher, hasWildcards, unescapeGlob } from './glob.ts';
import { sensitivePart } from './left-out.ts';
import { similarNames } from './similar-names.ts';

/** What one source of COPY means. */
export interface CopySource {
  /** The file or folder, links on the way followed. */
  readonly item: ContextItem;
  /** The last part of the path as it was asked for: what the copy is called. */
  readonly name: string;
}

/**
 * Finds what a source of COPY means. Patterns may match nothing. A link that is asked for by name is followed, inside the
 * context only. @throws RegistryPusherError COPY_SOURCE_MISSING, COPY_SOURCE_OUTSIDE
 */
export async function findSources(context: BuildContext, source: string, line: number): Promise<CopySource[]> {
  const path = relativePath(source, line);
  if (!hasWildcards(path)) return [await findOne(context, unescapeGlob(path), source, line)];
  const parts = path.split('/');
  const firstWild = parts.findIndex(hasWildcards);
  const folder = await follow(context, unescapeGlob(parts.slice(0, firstWild).join('/')), source, line);
  if (folder === undefined) return [];
  const matchers = parts.slice(firstWild).map((part) => partMatcher(part, source, line));
  const found: CopySource[] = [];
  for await (const { path: match } of matching(context, folder, matchers))
    found.push(await findOne(context, match, source, line));
  return found;
}

type Matcher = (name: string) => boolean;

function partMatcher(part: string, source: string, line: number): Matcher {
  try {
    return globMatcher(part);
  } catch (error) {
    throw dockerfileInvalidError(line, `"${source}" is not a pattern: ${(error as Error).message}.`);
  }
}

/** A star does not match a slash, so each part of the pattern is one folder deep. */
async function* matching(
  context: BuildContext,
  folder: ContextItem,
  [first, ...rest]: Matcher[],
): AsyncGenerator<ContextItem> {
  if (folder.kind !== 'folder') return;
  for await (const item of context.list(folder)) {
    if (!first!(posix.basename(item.path))) continue;
    if (rest.length === 0) yield item;
    else yield* matching(context, item, rest);
  }
}

async function findOne(context: BuildContext, path: string, source: string, line: number): Promise<CopySource> {
  const item = (await follow(context, path, source, line)) ?? (await missing(context, source, line));
  return { item, name: posix.basename(path) };
}

/** A source, from the context's root: `..` does not lead out, and is refused where it would. */
function relativePath(source: string, line: number): string {
  const path = posix.normalize(source.replace(/^\/+/, ''));
  if (path === '..' || path.startsWith('../')) throw outside(source, line, 'COPY reads from the build context only');
  return path === '.' || path === './' ? '' : path.replace(/\/$/, '');
}

const mostLinks = 255;

async function follow(
  context: BuildContext,
  path: string,
  source: string,
  line: number,
): Promise<ContextItem | undefined> {
  let resolved = '';
  let current = await context.look('');
  const ahead = path.split('/').filter((part) => part !== '' && part !== '.');
  for (let links = 0; ahead.length > 0;) {
    const next = posix.join(resolved, ahead.shift()!);
    if (next === '..' || next.startsWith('../'))
      throw outside(source, line, 'a link on its path leads out of the build context');
    const found = next === '.' ? await context.look('') : await context.look(next);
    if (found === undefined) return undefined;
    if (found.item.kind !== 'link') {
      resolved = found.item.path;
      current = found;
      continue;
    }
    if (found.ignored) return undefined;
    if (++links > mostLinks) throw outside(source, line, 'a link on its path leads back to itself');
    const target = await readlink(found.item.absolute);
    if (target.startsWith('/')) throw outside(source, line, `its link ${found.item.path} leads to ${target}`);
    ahead.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
  }
  return current === undefined || current.ignored ? undefined : current.item;
}

async function missing(context: BuildContext, source: string, line: number): Promise<never> {
  const path = relativePath(source, line);
  const secret = sensitivePart(path);
  const there = await context.look(unescapeGlob(path));
  const where = `Dockerfile line ${line}: COPY source "${source}"`;
  if (there !== undefined && secret !== undefined)
    throw new RegistryPusherError(
      'COPY_SOURCE_MISSING',
      `${where} is left out of the build context, for such files hold ${secret.content}. If it must go into the image, put !${secret.path} into .dockerignore.`,
    );
  if (there !== undefined)
    throw new RegistryPusherError('COPY_SOURCE_MISSING', `${where} is there, but .dockerignore leaves it out.`);
  const near = await nearNames(context, path);
  throw new RegistryPusherError(
    'COPY_SOURCE_MISSING',
    `${where} is not in the build context ${context.root}.${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ' Is it built before this?'}`,
  );
}

async function nearNames(context: BuildContext, path: string): Promise<string[]> {
  const folder = posix.dirname(path);
  const names = await readdir(posix.join(context.root, folder)).catch((): string[] => []);
  return similarNames(posix.basename(path), names)
    .slice(0, 3)
    .map((name) => (folder === '.' ? name : `${folder}/${name}`));
}

function outside(source: string, line: number, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'COPY_SOURCE_OUTSIDE',
    `Dockerfile line ${line}: COPY source "${source}" is outside the build context: ${why}.`,
  );
}
