import type { Release } from '@tozo/heroku-client';
import type { DeployPlan } from '../plan/plan.ts';
import { type Conclusion, end, goOn } from './conclusion.ts';
import { createdRelease, isPending, type Observations, ownReleases, rivalReleases, verdictOf } from './observations.ts';
import { describeHealth, describeRival, tozoCommand } from './sentences.ts';

/** Releases of others are never undone, and nothing is released over them knowingly. */
export function concludeRivals(plan: DeployPlan, seen: Observations): Conclusion | undefined {
  const [rival] = rivalReleases(seen);
  if (!rival) return undefined;
  const ours = ownReleases(seen).at(-1);
  const isOnTop = ours !== undefined && ours.version > rival.version;
  if (isOnTop && ours === seen.image && !verdictOf(seen)) return goOn({ step: 'verify' });
  const started = seen.before.newest ? `, which started from v${seen.before.newest.version}` : '';
  const state = isOnTop ? oursOnTop(plan, seen, ours, rival) : rivalOnTop(plan, seen, rival);
  const text = `SUPERSEDED ${plan.app}: ${describeRival(rival)} during this deploy${started}. ${state}. Nothing was rolled back`;
  return end('superseded', text, {
    error: { code: 'SUPERSEDED', message: text },
    next: isOnTop ? returnTo(plan, rival) : deployAgain(plan),
  });
}

function rivalOnTop(plan: DeployPlan, seen: Observations, rival: Release): string {
  const runs = isPending(rival) ? `v${rival.version} will run if it succeeds` : `v${rival.version} runs now`;
  return `${runs}, and ${describeOwn(plan, seen)}`;
}

/** What of this deploy is part of what runs now: each release carries on what came before. */
function describeOwn(plan: DeployPlan, seen: Observations): string {
  const ours = ownReleases(seen);
  if (ours.length === 0) return 'this deploy released nothing';
  const parts = ours.map(({ version }) => `v${version}`).join(' and ');
  const vars = createdRelease(seen.config) ? `; the values of ${plan.configVars.set.join(', ')} are this deploy's` : '';
  return `this deploy's ${parts} came before it${vars}`;
}

function oursOnTop(plan: DeployPlan, seen: Observations, ours: Release, rival: Release): string {
  if (ours !== seen.image) {
    return `This deploy's v${ours.version} (config vars ${plan.configVars.set.join(', ')}) runs on top of it, and its images were not released`;
  }
  return `This deploy's v${ours.version} runs on top of v${rival.version} and is ${describeHealth(verdictOf(seen)!)}`;
}

function returnTo(plan: DeployPlan, { version }: Release): string {
  return `Check that both versions fit together. To return to v${version}: ${tozoCommand(`rollback v${version}`, plan)}`;
}

function deployAgain({ app }: DeployPlan): string {
  return `Deploy again if this version should still go live (heroku releases -a ${app} lists what ran).`;
}
