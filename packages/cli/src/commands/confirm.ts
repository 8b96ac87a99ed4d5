import type { DeployPlan, RollbackPlan } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import type { Output } from '../output/output.ts';
import { renderPlan } from '../render/plan.ts';
import { renderRollbackPlan } from '../render/rollback-plan.ts';
import type { Cancellation } from '../signals.ts';
import { isCi } from '../target.ts';
import { UsageError } from '../usage-error.ts';

interface Answers {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Outside CI a change on Heroku needs a confirmation, which needs a terminal. */
export function assertCanConfirm({ yes, dryRun }: Answers, { env, stdin, stdout }: CommandContext): void {
  if (yes || dryRun || isCi(env) || (stdin.isTTY && stdout.isTerminal)) return;
  throw new UsageError(
    "Can't ask for confirmation without a terminal. Add --yes to deploy to Heroku anyway, --dry-run to see the plan, or --sandbox to deploy to the sandbox.",
  );
}

/** As `assertCanConfirm`, for a rollback, which has no dry run. */
export function assertCanConfirmRollback({ yes }: Answers, { env, stdin, stdout }: CommandContext): void {
  if (yes || isCi(env) || (stdin.isTTY && stdout.isTerminal)) return;
  throw new UsageError(
    "Can't ask for confirmation without a terminal. Add --yes to roll back on Heroku anyway, or --sandbox to roll back in the sandbox. tozo status --history shows the releases.",
  );
}

/** Shows the plan and asks. Ctrl-C at the question cancels as the signal does. */
export async function confirm(
  plan: DeployPlan,
  context: CommandContext,
  progress: Output,
  cancellation: Cancellation,
): Promise<boolean> {
  progress.write(renderPlan(plan));
  return askToConfirm(`Deploy ${plan.app} to Heroku?`, context, cancellation);
}

/** As `confirm`, for a rollback. */
export async function confirmRollback(
  plan: RollbackPlan,
  context: CommandContext,
  progress: Output,
  cancellation: Cancellation,
): Promise<boolean> {
  progress.write(renderRollbackPlan(plan));
  return askToConfirm(`Roll ${plan.app} back to v${plan.target.version} on Heroku?`, context, cancellation);
}

/** Asks a question. Ctrl-C at the question cancels as the signal does. */
export async function askToConfirm(
  message: string,
  { stdin, prompt }: CommandContext,
  cancellation: Cancellation,
): Promise<boolean> {
  const { default: ask } = await import('@inquirer/confirm');
  try {
    return await ask({ message, default: false }, { input: stdin, output: prompt, signal: cancellation.signal });
  } catch (error) {
    // The terminal is in raw mode while the question is open, so Ctrl-C is a key and no signal.
    if ((error as Error).name === 'ExitPromptError') cancellation.cancel('SIGINT');
    cancellation.signal.throwIfAborted();
    throw error;
  }
}
