import type { Dyno } from '@tozo/heroku-client';

/** The dynos that should run. */
export interface DynoExpectation {
  /** The release's version. */
  readonly version: number;
  /** Dynos by process type. */
  readonly dynos: Readonly<Record<string, number>>;
}

/**
 * One look at an app. `starting`, when all missing dynos are, and `pending` may still become healthy, `failed` won't. In
 * `maintenance` its dynos are up, and its URL says nothing about it.
 */
export type Look =
  | {
      readonly kind: 'healthy' | 'starting' | 'pending' | 'failed' | 'maintenance';
      readonly up: number;
      readonly text: string;
    }
  /** A newer release took over. */
  | { readonly kind: 'replaced'; readonly up: number; readonly text: string; readonly version: number };

const knownStates = new Set(['starting', 'up', 'idle', 'down', 'crashed']);

/**
 * Judges the dynos of the expected release; those of other releases don't count. A sleeping (`idle`) dyno is as good as one
 * that is up: the next request wakes it.
 */
export function judgeDynos(dynos: readonly Dyno[], { version, dynos: expected }: DynoExpectation): Look {
  const ofOurTypes = dynos.filter((dyno) => Object.hasOwn(expected, dyno.type));
  const ours = ofOurTypes.filter((dyno) => dyno.release.version === version);
  const up = countStates(ours, expected, ['up', 'idle']);
  const newer = ofOurTypes.find((dyno) => dyno.release.version > version);
  if (newer) {
    return {
      kind: 'replaced',
      up,
      text: `${newer.name} runs v${newer.release.version}`,
      version: newer.release.version,
    };
  }
  const crashed = ours.find(({ state }) => state === 'crashed');
  if (crashed) return { kind: 'failed', up, text: `${crashed.name} crashed` };
  const unknown = ours.find(({ state }) => !knownStates.has(state));
  if (unknown) return { kind: 'pending', up, text: `${unknown.name} is in the unknown state "${unknown.state}"` };
  const wanted = countDynos(expected);
  const waiting = ours.find(({ state }) => state === 'starting' || state === 'down');
  const detail = waiting && up < wanted ? `: ${waiting.name} is ${waiting.state}` : '';
  const kind =
    up >= wanted
      ? 'healthy'
      : countStates(ours, expected, ['up', 'idle', 'starting']) >= wanted
        ? 'starting'
        : 'pending';
  return { kind, up, text: `${up} of ${wanted} dynos up${detail}` };
}

/** Counts the dynos in these states, of each type as many as expected: one type's can't replace another's. */
function countStates(
  dynos: readonly Dyno[],
  expected: Readonly<Record<string, number>>,
  states: readonly string[],
): number {
  const counts = Object.entries(expected).map(([type, quantity]) =>
    Math.min(quantity, dynos.filter((dyno) => dyno.type === type && states.includes(dyno.state)).length),
  );
  return counts.reduce((total, count) => total + count, 0);
}

export function countDynos(dynos: Readonly<Record<string, number>>): number {
  return Object.values(dynos).reduce((total, quantity) => total + quantity, 0);
}
