import type { Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { type Conclusion, end, goOn } from './conclusion.ts';
import {
  createdRelease,
  isPending,
  mayRun,
  type Observations,
  ownReleases,
  rivalReleases,
  verdictOf,
} from './observations.ts';
import { describeHealth, describeRival, placeOf, tozoCommand } from './sentences.ts';

/** Releases of others that were seen are never undone, and nothing is released over them knowingly. */
export function concludeRivals(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  const [rival] = rivalReleases(seen);
  if (!rival) return undefined;
  const ours = ownReleases(seen).findLast(({ status }) => status === 'succeeded');
  const isOnTop = ours !== undefined && ours.version > rival.version;
  if (isOnTop && runsThisVersion(seen, ours) && !verdictOf(seen)) return goOn({ step: 'verify' });
  const happened = `${describeRival(rival)} during this deploy${startOf(seen)}`;
  const text = isOnTop
    ? `${placeOf(plan)} RUNS v${ours.version} ON TOP OF SOMEONE ELSE'S v${rival.version}: ${happened}. ${oursOnTop(plan, seen, ours)}. Nothing was rolled back`
    : `SUPERSEDED ${plan.app}: ${happened}. ${rivalOnTop(plan, seen, rival)}. Nothing was rolled back`;
  return end('superseded', text, {
    error: { code: 'SUPERSEDED', message: text },
    next: isOnTop ? returnTo(plan, rival) : deployAgain(plan),
  });
}

function startOf({ before: { current } }: Observations): string {
  return current ? `, which started from v${current.version}` : '';
}

function rivalOnTop(plan: DeployPlan, seen: Observations, rival: Release): string {
  const runs = isPending(rival) ? `v${rival.version} will run if it succeeds` : `v${rival.version} runs now`;
  return `${runs}, and ${describeOwn(plan, seen)}`;
}

/** What of this deploy is part of what runs now: each release carries on what came before. */
function describeOwn(plan: DeployPlan, seen: Observations): string {
  const ours = ownReleases(seen).filter(mayRun);
  if (ours.length === 0) return 'this deploy released nothing';
  const parts = ours.map(({ version }) => `v${version}`).join(' and ');
  const vars = createdRelease(seen.config) ? `; the values of ${plan.configVars.set.join(', ')} are this deploy's` : '';
  return `this deploy's ${parts} came before it${vars}`;
}

function oursOnTop(plan: DeployPlan, seen: Observations, ours: Release): string {
  return runsThisVersion(seen, ours)
    ? `v${ours.version} is this version and is ${describeHealth(verdictOf(seen)!)}`
    : `v${ours.version} has this deploy's ${plan.configVars.set.join(', ')}, but its images were not released`;
}

function runsThisVersion({ image, removal }: Observations, ours: Release): boolean {
  return ours === image || removal?.releases.includes(ours) === true;
}

function returnTo(plan: DeployPlan, { version }: Release): string {
  return `Check that both versions fit together. To return to v${version}: ${tozoCommand(`rollback v${version}`, plan)}`;
}

function deployAgain({ app }: DeployPlan): string {
  return `Deploy again if this version should still go live (heroku releases -a ${app} lists what ran).`;
}
