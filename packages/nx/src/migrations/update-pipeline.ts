import { readFileSync } from 'node:fs';

/** The part of Nx's virtual file system that is used here. @see https://nx.dev/extending-nx/recipes/local-generators */
export interface Tree {
  read(path: string, encoding: 'utf-8'): string | null;
  write(path: string, content: string): void;
}

const file = '.gitlab-ci.yml';
const component = /(?<=\/tozo\/pipeline@)\d+\.\d+\.\d+(?![\w.-])/g;
const command = /(?<=@tozo\/cli@)\d+\.\d+\.\d+(?![\w.-])/g;

/**
 * Part of `nx migrate`: the pipeline's component, and the command that its jobs install, get the version that the workspace
 * gets. Versions that aren't three numbers, such as a branch or `~latest`, stay. Returns what to do next.
 */
export default function updatePipeline(tree: Tree): string[] {
  return updateTo(tree, ownVersion());
}

/** Does it for a given version. Nx passes options as the second argument of a migration, so it has a name of its own. */
export function updateTo(tree: Tree, version: string): string[] {
  const before = tree.read(file, 'utf-8');
  if (before === null) return [];
  const after = before.replaceAll(component, version).replaceAll(command, version);
  if (after === before) return [];
  tree.write(file, after);
  return [`${file} includes version ${version} now. Run npx tozo ci pipeline, and commit what it writes.`];
}

/** In the sources and in the package, package.json is two directories up. */
function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
