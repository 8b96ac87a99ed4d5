import { directoryOf, hasProject, joinPath, relativePath, type Snapshot } from '../project/snapshot.ts';
import type { AppFacts, TakenLine } from './taken.ts';

/**
 * Moves facts to the app's own directory: the one with a package.json, of the Dockerfile or of what it copies from. Drops a
 * Dockerfile that doesn't exist.
 */
export function placeApp(
  snapshot: Snapshot,
  facts: AppFacts,
  file: string,
): { readonly facts: AppFacts; readonly lines: readonly TakenLine[] } {
  const { dockerfile: _, context: __, ...others } = facts;
  const dockerfile = joinPath(facts.directory, facts.dockerfile ?? 'Dockerfile');
  const context = joinPath(facts.directory, facts.context ?? '.');
  const directory = [directoryOf(dockerfile), context].find((path) => hasProject(snapshot, path)) ?? facts.directory;
  if (!snapshot.files.has(dockerfile)) {
    const left = `${dockerfile} doesn't exist: the Dockerfile that tozo init writes takes its place`;
    const isNamed = dockerfile !== 'Dockerfile';
    return { facts: { ...others, directory }, lines: isNamed ? [{ file, line: 1, text: dockerfile, left }] : [] };
  }
  return {
    facts: {
      ...others,
      directory,
      ...(dockerfile === joinPath(directory, 'Dockerfile') ? {} : { dockerfile: relativePath(directory, dockerfile) }),
      ...(context === directory ? {} : { context: relativePath(directory, context) }),
    },
    lines: [],
  };
}
