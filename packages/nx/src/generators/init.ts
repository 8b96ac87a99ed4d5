import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InitError, planInit, readSnapshot } from '@tozo/init';

/** The part of Nx's virtual file system that is used here. @see https://nx.dev/extending-nx/recipes/local-generators */
export interface Tree {
  readonly root: string;
  write(path: string, content: string): void;
}

export interface InitGeneratorOptions {
  /** The app's directory, relative to the workspace; all apps without. */
  readonly directory?: string;
  /** Files of another deploy to take over. */
  readonly from?: readonly string[];
  readonly infrastructure?: boolean;
  readonly pipeline?: boolean;
}

/**
 * `nx g @tozo/nx:init`: writes what `tozo init` would, into Nx's tree, so `--dry-run` works. Returns what to run afterwards.
 * @throws InitError
 */
export default async function initGenerator(tree: Tree, options: InitGeneratorOptions): Promise<() => void> {
  const { directory = '', from = [], ...others } = options;
  const snapshot = await readSnapshot(tree.root, from);
  const plan = planInit(snapshot, { ...others, directory, from, version: commandVersion(tree.root) });
  for (const { path, after } of plan.changes) tree.write(path, after);
  const lines = [
    ...plan.lines.map(({ file, line, text, became, left }) => `${file}:${line}  ${text}\n    → ${became ?? left}`),
    ...plan.notes,
    ...plan.proposals,
    ...(plan.deployJobs ? ['Next: git add --all, then npx tozo ci pipeline'] : []),
    `Next: ${plan.next.join(', then ')}`,
  ];
  return () => void process.stdout.write(`${lines.join('\n')}\n`);
}

const commandManifest = '@tozo/cli/package.json';

/** The pipeline installs the same version of the command as the workspace. */
function commandVersion(root: string): string {
  try {
    const require = createRequire(join(root, 'package.json'));
    return (require(commandManifest) as { version: string }).version;
  } catch (error) {
    throw new InitError('PEER_UNFIT', '@tozo/cli is not installed: run npm install --save-dev @tozo/cli first.', {
      cause: error,
    });
  }
}
