import type { ProcessType } from '@tozo/heroku-client';
import { defaultHealthCheck } from '../config/schema.ts';
import type { Health } from '../outcome/observations.ts';
import { describeDynos } from '../outcome/sentences.ts';
import type { DeployRecord } from '../state/records/record.ts';
import type { Expectation } from './health.ts';

/** A version that was deployed earlier, and what is known about it. */
export interface PreviousVersion {
  readonly app: string;
  /** The release that runs it now. */
  readonly version: number;
  readonly url: string | null;
  readonly formation: readonly ProcessType[];
  /** The record of its deploy. Absent if there is none. */
  readonly record?: DeployRecord | undefined;
  /** Seconds for which another version's dynos may still respond. */
  readonly overlapSeconds: number;
}

/**
 * Returns what makes an earlier version healthy: what its own deploy's record says, or else its dynos and any response below
 * 500. The deploy.json of another version says nothing about it.
 */
export function previousExpectation(previous: PreviousVersion): Expectation {
  const { app, version, url, formation, record, overlapSeconds } = previous;
  const health = { ...defaultHealthCheck, ...record?.health };
  const { versionHeader, marker } = record ?? {};
  return {
    app,
    version,
    url,
    dynos: Object.fromEntries(
      formation.filter(({ type }) => type !== 'release').map(({ type, quantity }) => [type, quantity]),
    ),
    health,
    anyResponse: record === undefined,
    ...(versionHeader && marker ? { marker: { header: versionHeader, value: marker } } : {}),
    overlapSeconds,
    holdSeconds: health.holdSeconds,
    successes: health.successes,
  };
}

/** Describes the verdict on an earlier version, for the line of its step. */
export function previousSummary(health: Health, { anyResponse }: Expectation): string {
  if (health.kind !== 'healthy') return 'nothing to check: no dyno is set to run';
  const up = describeDynos(health.dynos);
  if (health.versionProven) return `${up}, version proven`;
  return anyResponse && health.responded ? `${up}, judged by any response below 500` : up;
}
