import type { Release } from '@tozo/heroku-client';
import { assertNever } from '../assert-never.ts';
import type { Health } from '../outcome/observations.ts';
import { ownReleases } from '../outcome/observations.ts';
import { describeDynos, hasIdleWeb, idleWeb } from '../outcome/sentences.ts';
import type { Emit } from '../report/events.ts';
import { showDynoLog } from './app-log.ts';
import type { Deployment } from './deployment.ts';
import { type Expectation, waitUntilHealthy } from './health.ts';
import { lookAtReleases } from './look.ts';

/**
 * Waits until the release that runs is healthy. One that this deploy created must also stay healthy for a while. Shows the
 * log of an unhealthy one.
 */
export async function verifyStep(deployment: Deployment): Promise<void> {
  const { run, services, plan } = deployment;
  const { current } = run.seen;
  const created = ownReleases(run.seen).at(-1);
  const expectation = await expectationOf(deployment, current?.version ?? 0, created !== undefined);
  const emit: Emit = (event) => {
    if (event.type === 'health') run.note({ lastLook: event.observation });
    run.emit(event);
  };
  const check = async (): Promise<Health> => {
    const health = await waitUntilHealthy(services.heroku, expectation, emit, run.signal);
    // The verdict stands if the deploy is canceled while the log is read.
    run.note({ health: { ...health, version: expectation.version } });
    if (health.kind !== 'unhealthy' || !created) return health;
    const cause = await showDynoLog(deployment, created);
    return cause === undefined ? health : { kind: 'unhealthy', reason: `${health.reason} (${cause})` };
  };
  const health = created || plan.scale.length > 0 ? await run.step('verify', check, summary, problemOf) : await check();
  run.note({ health: { ...health, version: expectation.version } });
  if (!created) return lookAtReleases(deployment);
  const [changedConfigVars] = await Promise.all([findChangedConfigVars(deployment), lookAtReleases(deployment)]);
  run.note({ changedConfigVars });
}

/**
 * What makes the new version healthy. Without a release to go back to, nothing ran before that could still respond. Types of
 * others are none of this deploy's business.
 */
async function expectationOf(deployment: Deployment, version: number, isNew: boolean): Promise<Expectation> {
  const { run, plan, current } = deployment;
  const formation = isNew || plan.scale.length > 0 ? await readFormation(deployment) : current.formation;
  const ours = Object.entries(formation).filter(
    ([type]) => type !== 'release' && plan.images.some((image) => image.type === type),
  );
  const { health, marker } = plan.verify;
  return {
    app: plan.app,
    version,
    url: plan.url ?? null,
    dynos: Object.fromEntries(ours),
    health,
    ...(marker ? { marker } : {}),
    overlapSeconds:
      plan.preboot && plan.rollbackTarget
        ? (isNew ? overlapSecondsOf : overlapSecondsLeft)(run.request, run.seen.current)
        : 0,
    holdSeconds: isNew ? health.holdSeconds : 0,
    successes: isNew ? health.successes : 1,
  };
}

/** Returns the dynos that should run, by process type, and notes which images Heroku says they run. */
async function readFormation({ run, services, plan }: Deployment): Promise<Record<string, number>> {
  const formation = await services.heroku.formation.list(plan.app, run.options);
  const resources = formation.flatMap(({ type, dockerImage }) =>
    dockerImage ? [[type, dockerImage.id] as const] : [],
  );
  run.note({ imageResources: Object.fromEntries(resources) });
  return Object.fromEntries(formation.map(({ type, quantity }) => [type, quantity]));
}

/**
 * With Preboot, Heroku's router uses the new dynos 2 minutes after their boot time of 1 minute.
 * @see https://devcenter.heroku.com/articles/preboot
 */
export function overlapSecondsOf({ prebootSeconds = 180 }: { readonly prebootSeconds?: number }): number {
  return prebootSeconds;
}

/** Between two releases of one deploy, someone else may have set the same config vars. */
async function findChangedConfigVars({ run, services, plan }: Deployment): Promise<string[]> {
  const declared = Object.entries(run.request.values.configVars);
  if (declared.length === 0) return [];
  const found = await services.heroku.configVars.get(plan.app, run.options);
  return declared.filter(([name, value]) => !value.equals(found[name])).map(([name]) => name);
}

/** Returns for how many seconds dynos older than a release may still respond. */
export function overlapSecondsLeft(
  request: { readonly prebootSeconds?: number },
  release: Pick<Release, 'createdAt'> | undefined,
): number {
  const age = release ? (Date.now() - Date.parse(release.createdAt)) / 1000 : Number.POSITIVE_INFINITY;
  return Math.min(overlapSecondsOf(request), Math.max(0, overlapSecondsOf(request) - age || 0));
}

export function problemOf(health: Health): string | undefined {
  switch (health.kind) {
    case 'unhealthy':
      return health.reason;
    case 'replaced':
      return `v${health.by} took over`;
    case 'healthy':
    case 'nothing-to-check':
      return undefined;
    default:
      return assertNever(health);
  }
}

function summary(health: Health): string {
  if (health.kind !== 'healthy') return 'nothing to check: no dyno is set to run';
  const up = describeDynos(health.dynos);
  if (!health.responded) return `${up}, ${hasIdleWeb(health) ? idleWeb : 'no URL to check'}`;
  return `${up}, ${health.versionProven ? 'version proven' : 'version not proven'}`;
}
