import type { DeployPlan } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import type { Output } from '../output/output.ts';
import { renderPlan } from '../render/plan.ts';
import type { Cancellation } from '../signals.ts';
import { isCi } from '../target.ts';
import { UsageError } from '../usage-error.ts';

interface Answers {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Outside CI a deploy to Heroku needs a confirmation, which needs a terminal. */
export function assertCanConfirm({ yes, dryRun }: Answers, { env, stdin, stdout }: CommandContext): void {
  if (yes || dryRun || isCi(env) || (stdin.isTTY && stdout.isTerminal)) return;
  throw new UsageError(
    "Can't ask for confirmation without a terminal. Add --yes to deploy to Heroku anyway, --dry-run to see the plan, or --sandbox to deploy to the sandbox.",
  );
}

/** Shows the plan and asks. Ctrl-C at the question cancels as the signal does. */
export async function confirm(
  plan: DeployPlan,
  { stdin, prompt }: CommandContext,
  progress: Output,
  cancellation: Cancellation,
): Promise<boolean> {
  progress.write(renderPlan(plan));
  const { default: ask } = await import('@inquirer/confirm');
  try {
    return await ask(
      { message: `Deploy ${plan.app} to Heroku?`, default: false },
      { input: stdin, output: prompt, signal: cancellation.signal },
    );
  } catch (error) {
    // The terminal is in raw mode while the question is open, so Ctrl-C is a key and no signal.
    if ((error as Error).name === 'ExitPromptError') cancellation.cancel('SIGINT');
    cancellation.signal.throwIfAborted();
    throw error;
  }
}
