import { posix } from 'node:path';
import { followLinks } from '../base/file-tree.ts';
import type { ImageTree } from './image-tree.ts';
import { Excludes } from '../context/excludes.ts';
import { compileGlob, hasWildcards, unescapeGlob } from '../context/glob.ts';
import { dockerfileInvalidError, instructionUnsupportedError } from '../dockerfile/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { CopySelection } from './context-sources.ts';
import { type CopiedItems, type CopySource, createCopySource } from './copy-source.ts';

/**
 * Finds a source of `COPY --from` in a stage or another image. Follows links on its path and at its end, inside that image.
 * Keeps modes and owners.
 * @throws RegistryPusherError COPY_SOURCE_MISSING, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED
 */
export async function findImageSources(
  tree: ImageTree,
  pattern: string,
  selection: CopySelection & { readonly from: string },
): Promise<CopySource[]> {
  const path = posix.resolve('/', pattern);
  const names = hasWildcards(path) ? await findMatches(tree, path, selection.line) : [unescapeGlob(path)];
  return Promise.all(names.map((name) => findSource(tree, name, selection)));
}

async function findSource(
  tree: ImageTree,
  named: string,
  { line, from, excludes }: CopySelection & { readonly from: string },
): Promise<CopySource> {
  const { path, found } = await followLinks(tree, named);
  const name = posix.basename(named);
  if (found.kind === 'absent')
    throw new RegistryPusherError(
      'COPY_SOURCE_MISSING',
      `Dockerfile line ${line}: ${from} has no ${named}. Correct the path, or create it there.`,
    );
  if (found.kind === 'directory')
    return createCopySource('directory', name, () => readDirectory(tree, path, excludes, line));
  return createCopySource('file', name, async () => {
    return { items: [{ subpath: '', item: await tree.getFile(path) }], warnings: [] };
  });
}

async function readDirectory(
  tree: ImageTree,
  path: string,
  patterns: readonly string[],
  line: number,
): Promise<CopiedItems> {
  const excludes = new Excludes(patterns, line);
  const items = await tree.listInside(path);
  if (patterns.length > 0 && items.some(({ item }) => item.type === 'graft'))
    throw instructionUnsupportedError([
      { line, instruction: 'COPY --from --exclude', reason: "it can't exclude files of another image" },
    ]);
  return { items: items.filter(({ subpath }) => !excludes.isExcluded(subpath)), warnings: [] };
}

/** Returns the paths that match a pattern, one directory level per part, because a star doesn't match a slash. */
async function findMatches(tree: ImageTree, path: string, line: number): Promise<string[]> {
  const parts = path.split('/').slice(1);
  const firstWild = parts.findIndex(hasWildcards);
  const plain = unescapeGlob(`/${parts.slice(0, firstWild).join('/')}`);
  let found = [(await followLinks(tree, plain)).path];
  for (const part of parts.slice(firstWild)) {
    assertPattern(part, path, line);
    const matched = await Promise.all(
      found.map(async (directory) => (await tree.match(directory, part)).map((name) => posix.join(directory, name))),
    );
    found = matched.flat();
  }
  return found;
}

function assertPattern(part: string, path: string, line: number): void {
  try {
    compileGlob(part);
  } catch (error) {
    throw dockerfileInvalidError(line, `"${path}" isn't a valid pattern: ${(error as Error).message}.`);
  }
}
