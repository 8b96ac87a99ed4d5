import type { Removal } from '../outcome/observations.ts';
import type { Deployment } from './deployment.ts';
import { failureOf, followRelease } from './follow-release.ts';
import { lookAtReleases, newestKnown } from './look.ts';

/**
 * Removes process types that an earlier deploy made and deploy.json no longer lists, one after another, and follows the
 * releases that Heroku creates for it. A type is removed once the formation doesn't list it. The new version is verified by
 * then, so a failure is only a warning.
 */
export async function removeStep(deployment: Deployment, types: readonly string[]): Promise<void> {
  const { run } = deployment;
  run.note({ removal: { releases: [], removed: [] } });
  const { problem, removed } = await run.step(
    'remove',
    () => removeTypes(deployment, types),
    ({ releases }) => [types.join(', '), ...releases.map(({ version }) => `v${version}`)].join('  '),
    (removal) => removal.problem,
  );
  if (problem === undefined) return;
  const left = types.filter((type) => !removed.includes(type)).join(', ');
  run.warn(`Couldn't remove ${left}: ${problem}`);
}

async function removeTypes(deployment: Deployment, types: readonly string[]): Promise<Removal> {
  const { run } = deployment;
  let removed: readonly string[] = [];
  let problem: string | undefined;
  try {
    for (const type of types) {
      problem = await removeType(deployment, type);
      if (problem !== undefined) break;
    }
    removed = await findRemoved(deployment, types);
    if (removed.length < types.length) problem ??= 'Heroku still lists it';
    else problem = undefined;
  } catch (error) {
    if (run.signal?.aborted) throw error;
    problem = (error as Error).message;
  }
  await lookAtReleases(deployment);
  const { releases } = run.seen.removal!;
  const removal = { releases, removed, ...(problem === undefined ? {} : { problem }) };
  run.note({ removal });
  return removal;
}

/** Returns why a type wasn't removed, if its release failed. */
async function removeType(deployment: Deployment, type: string): Promise<string | undefined> {
  const { run, services, plan } = deployment;
  const requestedAfter = newestKnown(deployment);
  run.note({ removal: { ...run.seen.removal!, requestedAfter } });
  await services.heroku.formation.remove(plan.app, type, run.options);
  await lookAtReleases(deployment);
  const release = run.seen.removal!.releases.find(({ version }) => version > requestedAfter);
  return release && failureOf(await followRelease(services.heroku, plan.app, release, run.emit, run.signal));
}

async function findRemoved({ run, services, plan }: Deployment, types: readonly string[]): Promise<string[]> {
  const formation = await services.heroku.formation.list(plan.app, run.options);
  return types.filter((type) => formation.every((listed) => listed.type !== type));
}
