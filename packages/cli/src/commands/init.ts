import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { findRoot, InitError, type InitPlan, planInit, readSnapshot, writeChanges } from '@tozo/init';
import type { CommandContext } from '../command-context.ts';
import { renderInit } from '../render/init.ts';
import { cancelOnSignals } from '../signals.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { version } from '../version.ts';
import { askToConfirm } from './confirm.ts';
import { pipelineFile, readPipelineFiles } from './pipeline-files.ts';

export interface InitCommandOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly from?: readonly string[];
  readonly infrastructure?: boolean;
  readonly pipeline?: boolean;
}

/** `tozo init`: writes what a deploy of this project needs. Returns the exit code. */
export async function initCommand(options: InitCommandOptions, context: CommandContext): Promise<number> {
  return await withUsageErrors(InitError, () => init(options, context));
}

async function init(options: InitCommandOptions, context: CommandContext): Promise<number> {
  const { cwd, env, stdout } = context;
  const { root, directory } = await findRoot(cwd);
  const from = (options.from ?? []).map((file) => relative(root, resolve(cwd, file)).split(sep).join('/'));
  const plan = planInit(await readSnapshot(root, from), { ...options, directory, from, version: version() });
  const writesJobs = await areJobsStale(plan, root, env);
  stdout.write(...renderInit(plan, writesJobs));
  if (plan.changes.length === 0 && !writesJobs) {
    stdout.write('NOTHING TO DO: everything that a deploy needs is here\n');
    return 0;
  }
  if (options.dryRun) {
    stdout.write('DRY RUN: nothing was written\n');
    return 0;
  }
  if (!options.yes && !(await confirmed(context))) {
    stdout.write('NOTHING WRITTEN\n');
    return 1;
  }
  await writeChanges(root, plan.changes, plan.deployJobs ? () => writeDeployJobs(root, env) : undefined);
  stdout.write(`WRITTEN. Next: ${plan.next.join(', then ')}\n`);
  return 0;
}

async function confirmed(context: CommandContext): Promise<boolean> {
  const { stdin, stdout, stderr } = context;
  if (!stdin.isTTY || !stdout.isTerminal)
    throw new UsageError(
      "Can't ask for confirmation without a terminal. Add --yes to write these files, or --dry-run to see them only.",
    );
  const cancellation = cancelOnSignals((reason) => stderr.write(`${reason.message}\n`));
  try {
    return await askToConfirm('Write these files?', context, cancellation);
  } finally {
    cancellation.dispose();
  }
}

/** Returns whether the deploy jobs aren't those of the apps, a new one included. */
async function areJobsStale(plan: InitPlan, root: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (!plan.deployJobs) return false;
  const hasNewApp = plan.changes.some(({ path }) => basename(path) === 'deploy.json');
  if (hasNewApp || !existsSync(join(root, pipelineFile))) return true;
  const { stale } = await readPipelineFiles(root, join(root, pipelineFile), {}, env);
  return stale.length > 0;
}

/** Writes the deploy jobs of the apps, which are on disk now. What was written is undone if it fails. */
async function writeDeployJobs(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { stale } = await readPipelineFiles(root, join(root, pipelineFile), {}, env);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, content } of stale) {
      const before = existsSync(path) ? await readFile(path, 'utf8') : undefined;
      undo.push(() => (before === undefined ? rm(path, { force: true }) : writeFile(path, before)));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    throw error;
  }
}
