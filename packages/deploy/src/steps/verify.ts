import { type Release, shortImageId } from '@tozo/heroku-client';
import { assertNever } from '../assert-never.ts';
import { DeployError } from '../errors.ts';
import type { DeployReport } from '../report/report.ts';
import { readNewestRelease } from '../state/releases.ts';
import type { Deployment } from './deployment.ts';
import { type Expectation, type Health, waitUntilHealthy } from './health.ts';
import { rollBackStep } from './roll-back.ts';

/** Waits until the release is healthy; rolls back if it isn't. */
export async function verifyStep(deployment: Deployment, release: Release): Promise<DeployReport> {
  const { run, services, plan, current } = deployment;
  const expectation = await expectationOf(deployment, release.version);
  const health = await run.step(
    'verify',
    () => waitUntilHealthy(services.heroku, expectation, run.emit, run.options),
    (seen) => summary(seen, expectation),
    (seen) => (seen.kind === 'unhealthy' ? seen.reason : undefined),
  );
  const newest = await readNewestRelease(services.heroku, plan.app, run.options);
  if (newest && newest.version > release.version) {
    const text = `SUPERSEDED ${plan.app}: v${newest.version} came after this deploy's v${release.version}; nothing was rolled back`;
    return run.report('superseded', text);
  }
  if (health.kind === 'unhealthy') return rollBackStep(deployment, release, expectation, health.reason);
  run.recordVerification(health.kind === 'healthy' && health.versionProven);
  const where = current.app.webUrl ? `  ${current.app.webUrl}` : '';
  return run.report('deployed', `LIVE v${release.version}${where}`);
}

/**
 * Checks once whether the running version is healthy, when nothing changes.
 * @throws DeployError RELEASE_FAILED when Heroku created no release although one failed before, and nothing proves that
 * this version runs anyway
 */
export async function unchangedStep(deployment: Deployment): Promise<DeployReport> {
  const { run, services, plan, current } = deployment;
  if (plan.release.needed && current.running.kind === 'known') throw noReleaseError(plan.app);
  const isDoubtful = plan.release.needed && (await hasNewestFailed(deployment));
  const version = current.release?.version ?? current.newestVersion;
  const expectation = await expectationOf(deployment, version);
  const options = { ...run.options, patience: 0, hold: 0 };
  const health = await waitUntilHealthy(services.heroku, expectation, run.emit, options);
  if (isDoubtful && !(health.kind === 'healthy' && health.versionProven)) throw noReleaseError(plan.app);
  const imageId = plan.images[0]?.imageId;
  const what = `v${version}${imageId ? `  image ${shortImageId(imageId)}` : ''}`;
  if (health.kind === 'unhealthy') {
    const message = `v${version} of ${plan.app} already runs this image and is unhealthy: ${health.reason}`;
    return run.report('broken', `UNCHANGED ${what}, BUT UNHEALTHY: ${health.reason}`, {
      error: { code: 'UNHEALTHY', message },
    });
  }
  run.recordVerification(health.kind === 'healthy' && health.versionProven);
  const state = health.kind === 'healthy' ? 'healthy' : 'no dynos are configured';
  return run.report('unchanged', `UNCHANGED ${what}: 0 bytes sent, no release, no restart; ${state}`);
}

/** After a failed release, "no change" from Heroku may mean that one, which never ran. */
async function hasNewestFailed({ run, services, plan }: Deployment): Promise<boolean> {
  const newest = await readNewestRelease(services.heroku, plan.app, run.options);
  return newest?.status === 'failed' || newest?.status === 'expired';
}

function noReleaseError(app: string): DeployError {
  return new DeployError(
    'RELEASE_FAILED',
    `Heroku created no release of ${app}, although another image is running: it treats this image as already released, as after a failed release phase. Deploy with --again, which gives the same files a new image ID.`,
  );
}

async function expectationOf({ run, services, plan, current }: Deployment, version: number): Promise<Expectation> {
  const formation = await services.heroku.formation.list(plan.app, run.options);
  const running = formation.filter(({ type }) => type !== 'release');
  const { by, health, marker } = plan.verify;
  return {
    app: plan.app,
    version,
    url: by === 'dynos' ? null : current.app.webUrl,
    dynos: Object.fromEntries(running.map(({ type, quantity }) => [type, quantity])),
    health,
    ...(marker ? { marker } : {}),
  };
}

function summary(health: Health, { dynos }: Expectation): string {
  switch (health.kind) {
    case 'nothing-to-check':
      return 'nothing to check: no dynos are configured';
    case 'unhealthy':
      return health.reason;
    case 'healthy': {
      const types = Object.entries(dynos).filter(([, quantity]) => quantity > 0);
      const up = types.map(([type, quantity]) => `${type} ${quantity}/${quantity}`).join(', ');
      return `${up}, ${health.versionProven ? 'version proven' : 'version not proven'}`;
    }
    default:
      return assertNever(health);
  }
}
