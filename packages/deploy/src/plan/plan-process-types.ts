import type { DeployConfig } from '../config/schema.ts';
import type { CurrentState } from '../state/current-state.ts';
import { deployedTypes } from '../state/image-release.ts';
import type { DeployPlan } from './plan.ts';

/** Has no dynos: Heroku runs it once for each release. */
const releasePhase = 'release';

type ProcessTypes = Pick<DeployPlan, 'scale' | 'keptCounts' | 'dynos' | 'removals' | 'othersTypes' | 'unknowns'>;

/**
 * Decides the dyno counts, and which process types go. A declared count applies at a type's first successful deploy and when
 * the declared number changes; otherwise people and autoscalers own it (design decision 27).
 */
export function planProcessTypes(config: DeployConfig, current: CurrentState): ProcessTypes {
  const counts = countedTypes(config).map((type) => planCount(type, declaredCount(config, type), current));
  const scale = counts.flatMap((count) => (count.change ? [count.change] : []));
  const undeclared = Object.keys(current.formation).filter((type) => config.processes[type] === undefined);
  const isOurs = (type: string): boolean => current.record?.images[type] !== undefined;
  const removals = undeclared.filter(isOurs).sort();
  const othersTypes = undeclared.filter((type) => !isOurs(type)).sort();
  return {
    scale,
    keptCounts: counts.flatMap(({ kept }) => (kept ? [kept] : [])),
    dynos: Object.fromEntries(counts.map(({ type, count }) => [type, count])),
    removals,
    othersTypes,
    unknowns: [
      ...counts.flatMap(({ unknown }) => (unknown ? [unknown] : [])),
      ...(othersTypes.length > 0 && !current.record && current.ranBefore ? [unknownOwner(othersTypes)] : []),
    ],
  };
}

interface PlannedCount {
  readonly type: string;
  /** Dynos after the deploy. */
  readonly count: number;
  readonly change?: DeployPlan['scale'][number];
  readonly kept?: DeployPlan['keptCounts'][number];
  readonly unknown?: string;
}

function planCount(type: string, declared: number | undefined, current: CurrentState): PlannedCount {
  const actual = current.formation[type];
  const unscaled = actual ?? (type === 'web' ? 1 : 0);
  if (declared === undefined || declared === actual) return { type, count: unscaled };
  const reason = reasonToScale(type, declared, current);
  if (reason === 'first-deploy' || reason === 'declared-count-changed') {
    return { type, count: declared, change: { type, from: actual, to: declared, reason } };
  }
  return {
    type,
    count: unscaled,
    kept: { type, declared, actual: unscaled },
    ...(reason === 'unknown'
      ? {
          unknown: `No record of the last deploy of ${type} was found, so its number of dynos may be declared newly or changed by hand: it stays.`,
        }
      : {}),
  };
}

function reasonToScale(
  type: string,
  declared: number,
  { formation, releases, ranBefore, record }: CurrentState,
): 'first-deploy' | 'declared-count-changed' | 'unchanged' | 'unknown' {
  if (formation[type] === undefined || !ranBefore) return 'first-deploy';
  if (record) {
    if (record.images[type] === undefined) return 'first-deploy';
    return record.processes[type]?.dynos === declared ? 'unchanged' : 'declared-count-changed';
  }
  return deployedTypes(releases).has(type) ? 'unknown' : 'first-deploy';
}

function countedTypes({ processes }: DeployConfig): string[] {
  return Object.keys(processes).filter((type) => type !== releasePhase);
}

function declaredCount({ processes }: DeployConfig, type: string): number | undefined {
  const process = processes[type];
  return process && 'dynos' in process ? process.dynos : undefined;
}

function unknownOwner(types: readonly string[]): string {
  return `No record of the last deploy was found, so ${types.join(', ')} may be of an earlier deploy or of someone else: they stay unchanged.`;
}
