import { conclude } from './outcome/conclude.ts';
import type { End, NextStep } from './outcome/conclusion.ts';
import { assertStillProven } from './promote.ts';
import { configVarsStep } from './steps/config-vars.ts';
import type { Deployment } from './steps/deployment.ts';
import { lookAfterStop } from './steps/look.ts';
import { pushStep } from './steps/push.ts';
import { releaseStep } from './steps/release.ts';
import { removeStep } from './steps/remove.ts';
import { releasePreviousStep, rollBackStep, verifyRollbackStep } from './steps/roll-back.ts';
import { verifyStep } from './steps/verify.ts';

/** Takes one step after another, until what was observed leaves nothing to do. Returns how the deploy ends. */
export async function carryOut(deployment: Deployment): Promise<End> {
  const { run, plan } = deployment;
  for (;;) {
    const conclusion = conclude(plan, run.seen);
    if (conclusion.kind === 'end') return endAttempt(deployment, conclusion.end);
    try {
      await takeStep(deployment, conclusion.next);
    } catch (error) {
      await lookAfterStop(deployment, error);
    }
  }
}

async function takeStep(deployment: Deployment, next: NextStep): Promise<void> {
  switch (next.step) {
    case 'push':
      return pushStep(deployment);
    case 'config':
      await assertStillProven(deployment);
      await beginAttempt(deployment);
      return configVarsStep(deployment);
    case 'release':
      await assertStillProven(deployment);
      await beginAttempt(deployment);
      return releaseStep(deployment);
    case 'verify':
      return verifyStep(deployment);
    case 'remove':
      return removeStep(deployment, next.types);
    case 'rollback':
      return rollBackStep(deployment, next.cause);
    case 'release-previous':
      return releasePreviousStep(deployment);
    case 'verify-rollback':
      return verifyRollbackStep(deployment);
  }
}

/** Notes what is about to change. If this process is killed, the next deploy knows what ran before. */
async function beginAttempt({ run, plan, attempts, images }: Deployment): Promise<void> {
  const { rollbackTarget: baseline } = plan;
  const imageIds = Object.fromEntries(Object.entries(images).map(([type, { imageId }]) => [type, imageId]));
  const problem = await attempts.begin({ ...(baseline ? { baseline } : {}), images: imageIds });
  if (problem !== undefined)
    run.warn(`Can't note what this deploy changes, in case it is stopped before it ends: ${problem}`);
}

/** Forgets the attempt, unless a version of it may run that nobody has verified. */
async function endAttempt({ run, attempts }: Deployment, end: End): Promise<End> {
  if (!run.seen.stopped) await attempts.end();
  return end;
}
