import type { Release } from '@tozo/heroku-client';
import { readNewestRelease } from '../state/releases.ts';
import type { Deployment } from './deployment.ts';
import { followRelease } from './release.ts';

/**
 * Sets the declared config vars that differ, in one request. Heroku creates a release from it with the *old* image, so this
 * runs before the new image's release, and waits for its own.
 */
export async function configVarsStep(deployment: Deployment): Promise<Release | undefined> {
  const { run, plan } = deployment;
  if (plan.configVars.set.length === 0) return undefined;
  const names = plan.configVars.set.join(', ');
  const release = await run.step(
    'config',
    () => setConfigVars(deployment),
    (created) => (created ? `${names}  v${created.version}` : names),
  );
  if (release) run.recordRelease(release);
  return release;
}

async function setConfigVars({ run, services, plan, current }: Deployment): Promise<Release | undefined> {
  const declared = Object.entries(run.request.values.configVars);
  const changes = Object.fromEntries(declared.filter(([name]) => plan.configVars.set.includes(name)));
  await services.heroku.configVars.update(plan.app, changes, run.options);
  const newest = await readNewestRelease(services.heroku, plan.app, run.options);
  if (!newest || newest.version <= current.newestVersion) return undefined;
  return followRelease(services.heroku, plan.app, newest, run.emit, run.signal);
}
