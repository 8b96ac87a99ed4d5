import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { PipelineOptions } from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { UsageError } from '../usage-error.ts';
import { pipelineFile, type PipelineFiles, readPipelineFiles } from './pipeline-files.ts';

export interface PipelineCommandOptions extends PipelineOptions {
  /** Relative to the current directory. Default: `.gitlab/deploy.yml` of the repository. */
  readonly out?: string;
  readonly check?: boolean;
}

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
  const file = out === undefined ? join(root, pipelineFile) : resolve(cwd, out);
  const given = { ...(single === undefined ? {} : { single }), ...(toolJob === undefined ? {} : { toolJob }) };
  const files = await readPipelineFiles(root, file, given, env);
  if (check) return reportStale(files, root, out, { env, stdout, stderr });
  const { apps, stale } = files;
  for (const { path, content } of stale) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  stdout.write(
    stale.length === 0
      ? `${relative(root, file)} is up to date: ${countOf(apps)}\n`
      : `wrote ${namesOf(stale, root)}: ${countOf(apps)}. Commit ${stale.length === 1 ? 'it' : 'them'}.\n`,
  );
  warnOfOwn(files, stderr);
  return 0;
}

/** Says what to add to the project's own `stages`. */
export function describeMissing(stages: readonly string[]): string {
  return `"stages" in .gitlab-ci.yml lacks ${stages.join(', ')}, so GitLab refuses the whole pipeline: list lint-test before your checks and builds, and deploy after them.`;
}

/** Says which of these jobs aren't run as they're written, and what to do. */
export function describeReplaced(jobs: readonly string[]): string {
  return `.gitlab-ci.yml also has jobs of tozo's, and its keys replace theirs: ${jobs.join(', ')}. Give them other names, or remove those keys; only the script of lint-test is your own.`;
}

function warnOfOwn({ missingStages, replacedJobs }: PipelineFiles, stderr: CommandContext['stderr']): void {
  if (missingStages.length > 0) stderr.write(`warning: ${describeMissing(missingStages)}\n`);
  if (replacedJobs.length > 0) stderr.write(`warning: ${describeReplaced(replacedJobs)}\n`);
}

/**
 * Reports whether the committed files are as they would be written. Returns the exit code.
 * @param out the option of `tozo ci pipeline`
 * @throws UsageError if the component's version isn't the tool's
 */
export function reportStale(
  files: PipelineFiles,
  root: string,
  out: string | undefined,
  { env, stdout, stderr }: Pick<CommandContext, 'env' | 'stdout' | 'stderr'>,
): number {
  const { apps, stale, toolVersion } = files;
  assertSameVersion(env['TOZO_COMPONENT_VERSION'], toolVersion);
  warnOfOwn(files, stderr);
  if (stale.length === 0) {
    stdout.write(`${out ?? pipelineFile} is up to date: ${countOf(apps)}\n`);
    return 0;
  }
  const command = `tozo ci pipeline${out === undefined ? '' : ` --out ${out}`}`;
  stderr.write(
    `${namesOf(stale, root)} ${stale.length === 1 ? "isn't" : "aren't"} up to date with this commit's apps. Run ${command}, and commit the result.\n`,
  );
  return 1;
}

const countOf = (apps: number): string => `${apps} app${apps === 1 ? '' : 's'}`;

const namesOf = (files: PipelineFiles['stale'], root: string): string =>
  files.map(({ path }) => relative(root, path)).join(', ');

/** @param component its version. GitLab's is empty if it's included by a branch or a commit, other runners' is the commit. */
function assertSameVersion(component: string | undefined, tool: string | undefined): void {
  const [, version] = /^v?(\d+\.\d+\.\d+\S*)$/.exec(component ?? '') ?? [];
  if (version === undefined || tool === undefined || version === tool) return;
  throw new UsageError(
    `The pipeline is the CI/CD component's version ${version}, but package-lock.json pins @tozo/cli ${tool}: use the same version of both, and run tozo ci pipeline.`,
  );
}
