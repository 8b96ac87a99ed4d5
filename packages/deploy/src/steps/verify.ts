import { type Release, shortImageId } from '@tozo/heroku-client';
import { newestRelease } from '../current-state.ts';
import type { Deployment } from '../deployment.ts';
import { DeployError } from '../errors.ts';
import { type Expectation, type Health, waitUntilHealthy } from '../health.ts';
import type { DeployReport } from '../report.ts';
import { rollBackStep } from './roll-back.ts';

/** Waits until the release is healthy; when it is not, goes back. */
export async function verifyStep(deployment: Deployment, release: Release): Promise<DeployReport> {
  const { run, services, plan, current } = deployment;
  const expectation = await expectationOf(deployment, release.version);
  const health = await run.step(
    'verify',
    () => waitUntilHealthy(services.heroku, expectation, run.emit, run.options),
    (seen) => summary(seen, expectation),
    (seen) => (seen.kind === 'unhealthy' ? seen.reason : undefined),
  );
  const newest = await newestRelease(services.heroku, plan.app, run.options);
  if (newest && newest.version > release.version) {
    const text = `SUPERSEDED ${plan.app}: v${newest.version} came after this deploy's v${release.version}; nothing was rolled back`;
    return run.report('superseded', text);
  }
  if (health.kind === 'unhealthy') return rollBackStep(deployment, release, expectation, health.reason);
  run.verified(health.kind === 'healthy' && health.versionProven);
  const where = current.app.webUrl ? `  ${current.app.webUrl}` : '';
  return run.report('deployed', `LIVE v${release.version}${where}`);
}

/**
 * Nothing is to be changed: looks once whether what runs is healthy.
 * @throws DeployError RELEASE_FAILED when Heroku saw no difference to a release that failed, and nothing proves that this
 * version runs all the same
 */
export async function unchangedStep(deployment: Deployment): Promise<DeployReport> {
  const { run, services, plan, described, current } = deployment;
  if (plan.release.needed && current.running.kind === 'known') throw takenForTheFailedOne(plan.app);
  const isDoubtful = plan.release.needed && (await newestFailed(deployment));
  const version = current.release?.version ?? current.newestVersion;
  const expectation = await expectationOf(deployment, version);
  const health = await waitUntilHealthy(services.heroku, expectation, run.emit, {
    ...run.options,
    patience: 0,
    hold: 0,
  });
  if (isDoubtful && !(health.kind === 'healthy' && health.versionProven)) throw takenForTheFailedOne(plan.app);
  const image = Object.values(described.imageIds ?? {})[0];
  const what = `v${version}${image ? `  image ${shortImageId(image)}` : ''}`;
  if (health.kind === 'unhealthy') {
    const message = `v${version} of ${plan.app} runs this image already and is not healthy: ${health.reason}`;
    return run.report('broken', `UNCHANGED ${what}, BUT NOT HEALTHY: ${health.reason}`, {
      error: { code: 'UNHEALTHY', message },
    });
  }
  run.verified(health.kind === 'healthy' && health.versionProven);
  const state = health.kind === 'healthy' ? 'healthy' : 'no dynos are meant to run';
  return run.report('unchanged', `UNCHANGED ${what}: 0 bytes sent, no release, no restart; ${state}`);
}

/** Whether the newest release never ran: then Heroku's "no change" may be said of that one. */
async function newestFailed({ run, services, plan }: Deployment): Promise<boolean> {
  const newest = await newestRelease(services.heroku, plan.app, run.options);
  return newest?.status === 'failed' || newest?.status === 'expired';
}

function takenForTheFailedOne(app: string): DeployError {
  return new DeployError(
    'RELEASE_FAILED',
    `Heroku made no release of ${app} although another image runs: it takes this image for one that was released before, as after a failed release phase. Change the image (any file, or a LABEL) and deploy again.`,
  );
}

async function expectationOf(deployment: Deployment, version: number): Promise<Expectation> {
  const { run, services, plan, described, current } = deployment;
  const formation = await services.heroku.formation.list(plan.app, run.options);
  const running = formation.filter(({ type }) => type !== 'release');
  const { sourceDigest } = described;
  return {
    app: plan.app,
    version,
    url: plan.verify.by === 'dynos' ? null : current.app.webUrl,
    dynos: Object.fromEntries(running.map(({ type, quantity }) => [type, quantity])),
    health: plan.verify.health,
    ...(plan.verify.by === 'marker' && sourceDigest ? { marker: sourceDigest } : {}),
  };
}

function summary(health: Health, { dynos }: Expectation): string {
  if (health.kind === 'nothing-to-check') return 'nothing to check: no dynos are meant to run';
  if (health.kind === 'unhealthy') return health.reason;
  const types = Object.entries(dynos).filter(([, quantity]) => quantity > 0);
  const up = types.map(([type, quantity]) => `${type} ${quantity}/${quantity}`).join(', ');
  return `${up}, ${health.versionProven ? 'version proven' : 'version not proven'}`;
}
