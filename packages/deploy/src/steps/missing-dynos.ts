import type { ProcessType } from '@tozo/heroku-client';
import { count } from '../report/format.ts';

/** A process type that a version was deployed with, and that no dyno is set to run. */
export interface MissingDynos {
  readonly type: string;
  /** How many dynos it was deployed with. */
  readonly dynos: number;
  /** Whether the app has it, so that it can be scaled. */
  readonly isScalable: boolean;
}

/**
 * Returns the process types that a version was deployed with, and that no dyno is set to run: one that was removed since
 * comes back with 0 dynos.
 * @param dynos that it was deployed with, by process type
 */
export function findMissingDynos(
  dynos: Readonly<Record<string, number>>,
  formation: readonly Pick<ProcessType, 'type' | 'quantity'>[],
): MissingDynos[] {
  const running = new Set(formation.filter(({ quantity }) => quantity > 0).map(({ type }) => type));
  return Object.entries(dynos)
    .filter(([type, quantity]) => quantity > 0 && !running.has(type))
    .map(([type, quantity]) => ({ type, dynos: quantity, isScalable: formation.some((each) => each.type === type) }));
}

/** Says how to start them. Counts are people's own: a rollback doesn't set them. */
export function missingDynosWarning(app: string, version: number, { type, dynos, isScalable }: MissingDynos): string {
  const state = `${type} was deployed with ${count(dynos, 'dyno')} in v${version} and has 0 now`;
  return isScalable
    ? `${state}. To start it: heroku ps:scale ${type}=${dynos} -a ${app}`
    : `${state}, because it was removed. To start it, deploy that version again.`;
}

/** `web, worker have 0 dynos`. */
export function describeMissingDynos(missing: readonly MissingDynos[]): string {
  return `${missing.map(({ type }) => type).join(', ')} ${missing.length === 1 ? 'has' : 'have'} 0 dynos`;
}
