import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { continuesKilledDeploy } from './undo.ts';
import { type Health, isPending, type Observations, rivalReleases, versionOf } from './observations.ts';

/** Returns the name of what runs, for the last line: the environment, or else the app. */
export function placeOf({
  app,
  environment,
}: {
  readonly app: string;
  readonly environment?: string | undefined;
}): string {
  return environment ? environment.toUpperCase() : app;
}

/** Returns whether the current release runs an image: one from before, or someone else's. */
export function runsAnImage(
  plan: Pick<DeployPlan, 'rollbackTarget'>,
  seen: Pick<Observations, 'current' | 'others'>,
): boolean {
  const { current } = seen;
  if (!current) return false;
  if (plan.rollbackTarget) return true;
  return rivalReleases(seen).some((rival) => rival.version <= current.version && releasesImages(rival));
}

function releasesImages({ description }: Release): boolean {
  return parseReleaseDescription(description).kind !== 'change';
}

/** `v41 is still running`, or that nothing is. */
export function stillRunning(plan: DeployPlan, seen: Observations): string {
  return runsAnImage(plan, seen) ? `v${versionOf(seen)} is still running` : 'nothing ran before';
}

/** `ana@example.com released v12 ("Deployed web (142013fe2b5c)")`. */
export function describeRival(release: Release): string {
  const { version, user, description, status } = release;
  const state = isPending(release) ? `, which is ${status}` : '';
  return `${user ?? 'someone else'} released v${version}${description ? ` ("${description}")` : ''}${state}`;
}

/** Returns whether dynos are up, but none of web, so that every request of a visitor fails. */
export function hasIdleWeb({ dynos }: { readonly dynos: Readonly<Record<string, number>> }): boolean {
  return dynos['web'] === 0;
}

export const idleWeb = 'no web dyno is set to run';

export function describeHealth(health: Health): string {
  switch (health.kind) {
    case 'healthy':
      return hasIdleWeb(health) ? `up; ${idleWeb}` : 'healthy';
    case 'unhealthy':
      return `unhealthy: ${health.reason}`;
    case 'nothing-to-check':
      return 'not checked, because no dyno is set to run';
    case 'replaced':
      return `replaced by v${health.by}`;
  }
}

/** Puts the verdict into capitals for the last line, and leaves what follows as it is. */
export function describeLoudly(health: Health): string {
  return describeHealth(health).replace(/^[a-z]+/, (verdict) => verdict.toUpperCase());
}

/** `web 2/2, worker 1/1`. */
export function describeDynos(dynos: Readonly<Record<string, number>>): string {
  return Object.entries(dynos)
    .filter(([, quantity]) => quantity > 0)
    .map(([type, quantity]) => `${type} ${quantity}/${quantity}`)
    .join(', ');
}

/** `image 142013fe2b5c` of the first process type; an empty string before it's built. */
export function imageText(plan: DeployPlan): string {
  const imageId = plan.images[0]?.imageId;
  return imageId ? `image ${shortImageId(imageId)}` : '';
}

/** `v41's image 142013fe2b5c`; without the image where it isn't known. */
export function previousImageText(plan: DeployPlan, version: number): string {
  const running = continuesKilledDeploy(plan) ? undefined : plan.images[0]?.running;
  return running ? `v${version}'s image ${shortImageId(running)}` : `v${version}`;
}

/** Returns a command to copy, which is about the same environment: `tozo rollback v9 --environment production`. */
export function tozoCommand(command: string, { environment }: { readonly environment?: string | undefined }): string {
  return `tozo ${command}${environment === undefined ? '' : ` --environment ${environment}`}`;
}

/** What to do about a version that runs and is unhealthy. */
export function goBackAdvice(plan: DeployPlan): string {
  const { rollbackTarget: target } = plan;
  return target
    ? `Fix the cause and deploy again, or go back: ${tozoCommand(`rollback v${target.version}`, plan)}.`
    : 'Fix the cause and deploy again.';
}

/** The command that goes back to a release. */
export function rollbackCommand({ app }: DeployPlan, version: number): string {
  return `heroku rollback v${version} -a ${app}`;
}

/** Heroku's rollbacks and failed releases go back to other code and config vars, and to nothing else. */
export const keptByPhase = 'What its release phase changed, such as a database, was not undone.';

/** An error's message may end with advice, and a full stop. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
