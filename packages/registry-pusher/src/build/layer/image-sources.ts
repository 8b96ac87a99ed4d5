import { posix } from 'node:path';
import { followLinks } from '../base/file-tree.ts';
import type { ImageTree } from './image-tree.ts';
import { Excludes } from '../context/excludes.ts';
import { compileGlob, hasWildcards, unescapeGlob } from '../context/glob.ts';
import { dockerfileInvalidError, instructionUnsupportedError } from '../dockerfile/errors.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Selection } from './context-sources.ts';
import { type Copied, copySource, type CopySource } from './copy-source.ts';

/**
 * What a source of `COPY --from` means in a stage or another image: links on its path, and one at its end, are followed inside
 * that tree, whose root nothing leads out of. Modes and owners are those that it has there.
 * @throws RegistryPusherError COPY_SOURCE_MISSING, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED
 */
export async function imageSources(
  tree: ImageTree,
  pattern: string,
  selection: Selection & { readonly from: string },
): Promise<CopySource[]> {
  const path = posix.resolve('/', pattern);
  const names = hasWildcards(path) ? await matches(tree, path, selection.line) : [unescapeGlob(path)];
  return Promise.all(names.map((name) => sourceAt(tree, name, selection)));
}

async function sourceAt(
  tree: ImageTree,
  named: string,
  { line, from, excludes }: Selection & { readonly from: string },
): Promise<CopySource> {
  const { path, found } = await followLinks(tree, named);
  const name = posix.basename(named);
  if (found.kind === 'absent')
    throw new RegistryPusherError('COPY_SOURCE_MISSING', `Dockerfile line ${line}: ${from} has no ${named}.`);
  if (found.kind === 'directory') return copySource('directory', name, () => insideOf(tree, path, excludes, line));
  return copySource('file', name, async () => ({ items: [{ inside: '', item: await tree.file(path) }], warnings: [] }));
}

async function insideOf(tree: ImageTree, path: string, patterns: readonly string[], line: number): Promise<Copied> {
  const excludes = new Excludes(patterns, line);
  const items = await tree.inside(path);
  if (patterns.length > 0 && items.some(({ item }) => item.type === 'graft'))
    throw instructionUnsupportedError([
      { line, instruction: 'COPY --from --exclude', reason: 'it leaves nothing out of what another image holds' },
    ]);
  return { items: items.filter(({ inside }) => !excludes.isExcluded(inside)), warnings: [] };
}

/** The paths that a pattern matches. A star does not match a slash, so each part is one directory deep. */
async function matches(tree: ImageTree, path: string, line: number): Promise<string[]> {
  const parts = path.split('/').slice(1);
  const firstWild = parts.findIndex(hasWildcards);
  const plain = unescapeGlob(`/${parts.slice(0, firstWild).join('/')}`);
  let found = [(await followLinks(tree, plain)).path];
  for (const part of parts.slice(firstWild)) {
    requirePattern(part, path, line);
    const inside = await Promise.all(
      found.map(async (directory) => (await tree.match(directory, part)).map((name) => posix.join(directory, name))),
    );
    found = inside.flat();
  }
  return found;
}

function requirePattern(part: string, path: string, line: number): void {
  try {
    compileGlob(part);
  } catch (error) {
    throw dockerfileInvalidError(line, `"${path}" is not a pattern: ${(error as Error).message}.`);
  }
}
