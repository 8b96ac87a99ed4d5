import type { Release } from '@tozo/heroku-client';
import { parseReleaseDescription } from '@tozo/heroku-client';
import type { Deployment } from './deployment.ts';
import { lookAtReleases, newestKnown } from './look.ts';

/**
 * Removes process types that an earlier deploy made and deploy.json no longer lists. The new version is verified by then, so
 * a failure is only a warning.
 */
export async function removeStep(deployment: Deployment, types: readonly string[]): Promise<void> {
  const { run, services, plan } = deployment;
  const before = newestKnown(deployment);
  let problem: string | undefined;
  await run
    .step(
      'remove',
      async () => {
        for (const type of types) await services.heroku.formation.remove(plan.app, type, run.options);
      },
      () => types.join(', '),
    )
    .catch((error: unknown) => {
      if (run.signal?.aborted) throw error;
      problem = (error as Error).message;
      run.warn(`Couldn't remove ${types.join(', ')}: ${problem}`);
    });
  await lookAtReleases(deployment);
  const release = run.seen.others.find(({ version, description }) => version > before && isOurs(description));
  run.note({
    removal: { ...(release ? { release } : {}), ...(problem === undefined ? {} : { problem }) },
    ...(release ? { others: run.seen.others.filter((other: Release) => other !== release) } : {}),
  });
}

/** A removal's description isn't documented; those of other changes are recognized. */
function isOurs(description: string): boolean {
  const { kind } = parseReleaseDescription(description);
  return kind === 'unknown' || (kind === 'change' && !/config vars?/i.test(description));
}
