import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import {
  createPipeline,
  createToolLock,
  formatPipeline,
  GitLabCiError,
  type PipelineOptions,
  readPipelineOptions,
} from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { readPipelineApps } from './pipeline-apps.ts';

export interface PipelineCommandOptions extends PipelineOptions {
  /** Relative to the current directory. Default: `.gitlab/deploy.yml` of the repository. */
  readonly out?: string;
  readonly check?: boolean;
}

/** Where the deploy jobs install the tool. */
const toolDirectory = '.gitlab/tozo';

/**
 * `tozo ci pipeline`: writes the deploy jobs, and the lock file with which they install the tool. With `check`, writes nothing
 * and returns 1 if a file isn't as it would be written.
 */
export async function pipelineCommand(
  { out, check = false, single, toolJob }: PipelineCommandOptions,
  { cwd, env, stdout, stderr }: CommandContext,
): Promise<number> {
  const root = await findRepository(cwd).catch((error: unknown) => {
    throw new UsageError(`The deploy jobs are written for a git repository: ${(error as Error).message.trim()}`);
  });
  const file = out === undefined ? join(root, '.gitlab/deploy.yml') : join(cwd, out);
  const before = await readIfThere(file);
  const options: PipelineOptions = {
    ...readPipelineOptions(before ?? ''),
    ...(single === undefined ? {} : { single }),
    ...(toolJob === undefined ? {} : { toolJob }),
  };
  const apps = await readPipelineApps(root, env);
  const text = await withUsageErrors(GitLabCiError, async () => formatPipeline(createPipeline(apps, options), options));
  const files = [[file, text] as const, ...(options.toolJob === undefined ? await toolFiles(root) : [])];

  const stale: string[] = [];
  for (const [path, content] of files) {
    if ((await readIfThere(path)) === content) continue;
    stale.push(relative(root, path));
    if (check) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const found = `${apps.length} app${apps.length === 1 ? '' : 's'}`;
  if (stale.length === 0) {
    stdout.write(`${relative(root, file)} is up to date: ${found}\n`);
    return 0;
  }
  if (!check) {
    stdout.write(`wrote ${stale.join(', ')}: ${found}. Commit ${stale.length === 1 ? 'it' : 'them'}.\n`);
    return 0;
  }
  stderr.write(
    `${stale.join(', ')} ${stale.length === 1 ? "isn't" : "aren't"} what the apps of this commit need. Run: tozo ci pipeline${out === undefined ? '' : ` --out ${out}`}, and commit the result.\n`,
  );
  return 1;
}

/** Without a lock file of npm that contains the tool, how the tool gets into the jobs is the user's own choice. */
async function toolFiles(root: string): Promise<(readonly [string, string])[]> {
  const lockFile = await readIfThere(join(root, 'package-lock.json'));
  if (lockFile === undefined) return [];
  const lock = await withUsageErrors(GitLabCiError, async () => createToolLock(lockFile));
  return Object.entries(lock ?? {}).map(([name, text]) => [join(root, toolDirectory, name), text as string] as const);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
