import type { Release } from '@tozo/heroku-client';
import { failureOf, followRelease } from './follow-release.ts';
import type { Deployment } from './deployment.ts';
import { lookAtReleases, newestKnown } from './look.ts';

/**
 * Sets the declared config vars that differ, in one request. Heroku creates a release from it with the *old* image, so this
 * runs before the new image's release, and waits for its own.
 */
export async function configVarsStep(deployment: Deployment): Promise<void> {
  const { run, plan } = deployment;
  const names = plan.configVars.set.join(', ');
  await run.step(
    'config',
    () => setConfigVars(deployment),
    (release) => (release ? `${names}  v${release.version}` : names),
    (release) => release && failureOf(release),
  );
  await lookAtReleases(deployment);
}

async function setConfigVars(deployment: Deployment): Promise<Release | undefined> {
  const { run, services, plan } = deployment;
  const declared = Object.entries(run.request.values.configVars);
  const changes = Object.fromEntries(declared.filter(([name]) => plan.configVars.set.includes(name)));
  const options = { ...run.options, newestKnown: newestKnown(deployment) };
  const result = await services.heroku.setConfigVars(plan.app, changes, options);
  if (result.outcome === 'superseded') return undefined;
  if (result.outcome === 'unchanged') {
    run.note({ config: 'none' });
    return undefined;
  }
  run.note({ config: result.release });
  const config = await followRelease(services.heroku, plan.app, result.release, run.emit, run.signal);
  run.note({ config });
  return config;
}
