import { relative } from 'node:path';
import {
  apply,
  describeDrift,
  findDrift,
  InfrastructureError,
  type InfrastructureErrorCode,
  plan,
  type PlannedChange,
  type ProjectContext,
  synthesizeFile,
  validate,
  writeImports,
} from '@tozo/infrastructure/command';
import type { CommandContext } from '../command-context.ts';
import { type Cancellation, interruptOnSignals } from '../signals.ts';
import { UsageError } from '../usage-error.ts';
import { askToConfirm } from './confirm.ts';
import { infrastructureSecrets } from './infrastructure-secrets.ts';

/** The exit code of `tozo infrastructure drift` when something differs. Not 2, which means configuration. */
const driftExitCode = 6;

export interface InfrastructureCommandOptions {
  readonly synth?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly project?: string;
  readonly rename?: readonly string[];
  readonly allowDestroy?: readonly string[];
}

/** What fails before Terraform starts, because of files or the environment. */
const usageCodes: readonly InfrastructureErrorCode[] = [
  'PROGRAM_MISSING',
  'PROGRAM_FAILED',
  'FILE_INVALID',
  'TERRAFORM_UNUSABLE',
  'SETTINGS_INVALID',
];

/** `tozo infrastructure NAME`. Returns the exit code. */
export async function infrastructureCommand(
  name: string,
  options: InfrastructureCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, env, stdout, stderr, redaction } = context;
  redaction.add(infrastructureSecrets(env));
  if (name === 'apply') assertCanAsk(options, context);
  const cancellation = interruptOnSignals();
  const project: ProjectContext = {
    directory: cwd,
    env,
    signal: cancellation.signal,
    again: cancellation.again,
    onLine: (line) => (options.json ? stderr : stdout).write(`${line}\n`),
    skipSynth: options.synth === false,
    allowed: { rename: options.rename ?? [], destroy: options.allowDestroy ?? [] },
  };
  try {
    return await run(name, options, project, context, cancellation);
  } catch (error) {
    if (cancellation.signal.aborted) {
      stderr.write(`${(cancellation.signal.reason as Error).message}\n`);
      return cancellation.exitCode() ?? 1;
    }
    if (!(error instanceof InfrastructureError)) throw error;
    if (usageCodes.includes(error.code)) throw new UsageError(error.message, { cause: error });
    stderr.write({ style: 'red', text: `${error.message}\n` });
    return 1;
  } finally {
    cancellation.dispose();
  }
}

async function run(
  name: string,
  options: InfrastructureCommandOptions,
  project: ProjectContext,
  context: CommandContext,
  cancellation: Cancellation,
): Promise<number> {
  switch (name) {
    case 'synth':
      await synthesizeFile(project);
      return 0;
    case 'validate':
      await validate(project);
      return 0;
    case 'plan':
      await plan(project);
      return 0;
    case 'apply':
      return applyAfterQuestion(options, project, context, cancellation);
    case 'drift':
      return reportDrift(await findDrift(project), options, context);
    default:
      return reportImports(await writeImports(project, options.project), context);
  }
}

async function applyAfterQuestion(
  { yes }: InfrastructureCommandOptions,
  project: ProjectContext,
  context: CommandContext,
  cancellation: Cancellation,
): Promise<number> {
  const question = 'Make these changes at Heroku and GitLab?';
  const changes = await apply(project, async () => yes === true || askToConfirm(question, context, cancellation));
  if (changes !== undefined) return 0;
  context.stdout.write('NOT APPLIED: nothing was changed\n');
  return 1;
}

function reportDrift(
  changes: readonly PlannedChange[],
  { json }: InfrastructureCommandOptions,
  { stdout }: CommandContext,
): number {
  const lines = describeDrift(changes);
  if (json) stdout.writeJson({ drift: changes.length > 0, changes }, 2);
  else {
    for (const line of lines) stdout.write(`  ${line}\n`);
    const text =
      lines.length === 0 ? 'NO DRIFT' : `DRIFT: ${lines.length} ${lines.length === 1 ? 'difference' : 'differences'}`;
    stdout.write({ style: lines.length === 0 ? 'green' : 'red', text }, '\n');
    if (changes.some(({ action, isGone }) => action === 'create' && !isGone))
      stdout.write(
        "What isn't in the state was never applied, or the state is lost. What exists is taken over: tozo infrastructure import\n",
      );
    if (lines.length > 0) stdout.write('tozo infrastructure apply makes it as declared.\n');
  }
  return changes.length === 0 ? 0 : driftExitCode;
}

function reportImports(
  { path, found, notes }: Awaited<ReturnType<typeof writeImports>>,
  { cwd, stdout }: CommandContext,
): number {
  for (const note of notes) stdout.write({ style: 'yellow', text: `  ${note}\n` });
  if (found.length === 0) {
    stdout.write('Nothing to import: what is declared is in the state or in an import block, or does not exist yet.\n');
    return 0;
  }
  for (const { to, id, warnings } of found) {
    stdout.write(`  ${to} is ${id}\n`);
    for (const warning of warnings) stdout.write({ style: 'yellow', text: `    ${warning}\n` });
  }
  const file = relative(cwd, path);
  stdout.write(`Wrote ${file}. See what an apply does then: tozo infrastructure plan\n`);
  stdout.write(`To apply it in a pipeline, commit it until it's applied: git add --force ${file}\n`);
  return 0;
}

/** An apply changes Heroku and GitLab, also in CI, where nobody is asked. */
function assertCanAsk({ yes }: InfrastructureCommandOptions, { stdin, stdout }: CommandContext): void {
  if (yes || (stdin.isTTY && stdout.isTerminal)) return;
  throw new UsageError(
    "Can't ask for confirmation without a terminal. Add --yes to apply anyway, or use tozo infrastructure plan to see what would change.",
  );
}
