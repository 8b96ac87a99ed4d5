import type { Release } from '@tozo/heroku-client';
import { newestRelease } from '../current-state.ts';
import type { Deployment } from '../deployment.ts';
import { followRelease } from './release.ts';

/**
 * Sets the declared config vars that differ, in one request: Heroku makes a release of it with the *old* image, so it comes
 * before the new image and its end is waited for.
 */
export async function configStep(deployment: Deployment): Promise<Release | undefined> {
  const { run, plan } = deployment;
  if (plan.configVars.set.length === 0) return undefined;
  const names = plan.configVars.set.join(', ');
  const release = await run.step(
    'config',
    () => setConfigVars(deployment),
    (made) => (made ? `${names}  v${made.version}` : names),
  );
  if (release) run.released(release);
  return release;
}

async function setConfigVars({ run, services, plan, current }: Deployment): Promise<Release | undefined> {
  const { configVars } = run.request.values;
  const changes = Object.fromEntries(Object.entries(configVars).filter(([name]) => plan.configVars.set.includes(name)));
  await services.heroku.configVars.update(plan.app, changes, run.options);
  const newest = await newestRelease(services.heroku, plan.app, run.options);
  if (!newest || newest.version <= current.newestVersion) return undefined;
  return followRelease(services.heroku, plan.app, newest, run.emit, run.signal);
}
