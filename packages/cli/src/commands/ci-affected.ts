import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chooseBase } from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { UsageError } from '../usage-error.ts';
import { chooseRun } from './affected-run.ts';
import { environmentsOf, readCiApps } from './ci-apps.ts';
import { commitOf, writeChanges } from './ci-changes.ts';
import { reportStale } from './ci-pipeline.ts';
import { runNx } from './nx-process.ts';
import { readProjects } from './pipeline-apps.ts';
import { comparePipelineFiles, pipelineFile, readPipelineSources } from './pipeline-files.ts';
import { assertWorkspaceAtTop } from './pipeline-place.ts';

export interface AffectedOptions {
  /** The directory for what is handed over, relative to the current one. */
  readonly out: string;
}

/**
 * `tozo ci affected`: runs Nx's targets for what is affected since the oldest commit that may be live anywhere, checks the
 * committed deploy jobs, and writes what they read. Nx computes the project graph once for all of that. Returns the exit code.
 */
export async function affectedCommand(
  targets: readonly string[],
  { out }: AffectedOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, env, stderr } = context;
  const commit = commitOf(env, 'tozo ci affected');
  const root = await findRepository(cwd).catch(() => cwd);
  const { deployProjectsOf, findAffectedProjects, findNx, loadWorkspace } = await import('@tozo/nx');
  const apps = await readCiApps(cwd);
  assertWorkspaceAtTop(root, [cwd, ...apps.map(({ directory }) => directory)]);
  const nx = await findNx(root);
  if (nx === undefined)
    throw new UsageError(
      'tozo ci affected runs targets of Nx, which needs an nx.json and the package nx in node_modules. Without Nx, run your own commands, then tozo ci changes.',
    );
  const sources = await readPipelineSources(root, join(root, pipelineFile), {});
  const { base, reason, since } = await chooseBase({ env, cwd, environments: environmentsOf(apps) });
  const range = { base, head: commit };
  const run = await chooseRun(root, range, { since });
  const explanation = `affected base ${base}: ${[reason, ...(run.note ? [run.note] : [])].join('; ')}\n`;
  stderr.write(explanation);
  const directory = resolve(cwd, out);
  await mkdir(directory, { recursive: true });
  const explanationFile = join(directory, 'affected.txt');
  await writeFile(explanationFile, explanation);
  await stderr.flush();

  const started = Date.now();
  const runEnv = { ...env, NX_BASE: base, NX_HEAD: commit };
  const exitCode = run.args ? await runNx(nx, [...run.args, '-t', ...targets], root, runEnv) : 0;
  let workspace = run.found?.workspace;
  try {
    workspace ??= await loadWorkspace(root, started);
    const projects = run.found?.projects ?? (await findAffectedProjects(workspace, range));
    await appendFile(explanationFile, projects.map((name) => `${name}\n`).join(''));
  } catch (error) {
    stderr.write(`which projects are affected isn't known: ${(error as Error).message}\n`);
  }
  if (exitCode !== 0) return exitCode;
  await writeChanges(commit, { apps, since, workspace, out: join(directory, 'changes.json') }, context);
  const projects = workspace ? deployProjectsOf(workspace.graph) : await readProjects(root, env);
  return reportStale(await comparePipelineFiles(sources, projects), root, undefined, context);
}
