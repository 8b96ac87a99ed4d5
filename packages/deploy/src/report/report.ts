import type { Release } from '@tozo/heroku-client';
import type { End } from '../outcome/conclusion.ts';
import { ownReleases, type ReportedObservations, verdictOf } from '../outcome/observations.ts';
import { type DeployOutcome, exitCodeOf } from '../outcome/outcome.ts';
import { runsAnImage } from '../outcome/sentences.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { BuilderName, Digest, ImagesOrigin } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import type { DeployTarget } from './target.ts';

/** The result of a deploy, for people and programs: `--report FILE` writes it as JSON. */
export interface DeployReport {
  readonly outcome: DeployOutcome;
  /** The exit code of the command, unless a signal ended it. */
  readonly exitCode: number;
  readonly app: string;
  readonly target: DeployTarget['kind'];
  readonly environment?: string;
  /** The result in one line, which is the last one printed. */
  readonly text: string;
  /** What a person does next. Absent when there's nothing to do. */
  readonly next?: string;
  readonly url?: string;
  /** The release that runs now, as last read. */
  readonly runningRelease?: number;
  /** The first release that this deploy created. */
  readonly release?: number;
  /** All releases that this deploy created, oldest first. */
  readonly releases: readonly number[];
  /** Releases of others since this deploy read the app's state, newest first. */
  readonly others: readonly OtherRelease[];
  /** What a deploy would do: after a dry run. */
  readonly plan?: DeployPlan;
  readonly imageId?: Digest;
  readonly builder?: BuilderName;
  readonly standInBase?: boolean;
  /** The deploy whose images were released. Absent when they were built. */
  readonly imagesFrom?: ImagesOrigin;
  readonly sentBytes: number;
  readonly reusedBytes: number;
  /** Whether the app itself reported the new version. */
  readonly versionProven: boolean;
  readonly warnings: readonly string[];
  readonly error?: {
    /** A code of this package or of its libraries. */
    readonly code: string;
    readonly message: string;
  };
  readonly seconds: number;
}

export interface OtherRelease {
  readonly version: number;
  readonly description: string;
  readonly user: string | null;
  readonly status: string;
}

/** What a report shows of a plan: that of a deploy, or of a rollback that a person asked for. */
export interface ReportedPlan extends Pick<DeployPlan, 'url' | 'rollbackTarget'>, Partial<Pick<DeployPlan, 'build'>> {
  readonly images: readonly { readonly imageId?: Digest }[];
}

export interface ReportFacts {
  readonly request: Pick<DeployRequest, 'app' | 'target' | 'environment'>;
  /** Absent when the deploy ended before it. */
  readonly plan: ReportedPlan | undefined;
  readonly seen: ReportedObservations;
  readonly warnings: readonly string[];
  readonly seconds: number;
}

export function reportOf(end: End, { request, plan, seen, warnings, seconds }: ReportFacts): DeployReport {
  const { app, target, environment } = request;
  const releases = ownReleases(seen).map(({ version }) => version);
  const verdict = verdictOf(seen);
  const imageId = plan?.images[0]?.imageId;
  return {
    outcome: end.outcome,
    exitCode: exitCodeOf(end.outcome, end.error?.code),
    app,
    target: target.kind,
    ...(environment ? { environment } : {}),
    text: `${end.text}${placeSuffix(request)}`,
    ...(end.next ? { next: end.next } : {}),
    ...(plan?.url ? { url: plan.url } : {}),
    ...(seen.current && (!plan || runsAnImage(plan, seen)) ? { runningRelease: seen.current.version } : {}),
    ...(releases[0] ? { release: releases[0] } : {}),
    releases,
    others: seen.others.map(otherRelease),
    ...(imageId ? { imageId } : {}),
    ...(plan?.build ? { builder: plan.build.builder, standInBase: plan.build.base?.standIn ?? false } : {}),
    ...(plan?.build?.imagesFrom ? { imagesFrom: plan.build.imagesFrom } : {}),
    sentBytes: seen.pushed?.sentBytes ?? 0,
    reusedBytes: seen.pushed?.reusedBytes ?? 0,
    versionProven: verdict?.kind === 'healthy' && verdict.versionProven,
    warnings,
    ...(end.error ? { error: end.error } : {}),
    seconds,
  };
}

function otherRelease({ version, description, user, status }: Release): OtherRelease {
  return { version, description, user, status };
}

/** The last line says which environment it's about. */
function placeSuffix({ environment, target }: ReportFacts['request']): string {
  const names = [...(environment ? [environment] : []), ...(target.kind === 'sandbox' ? ['sandbox'] : [])];
  return names.length > 0 ? `  (${names.join(', ')})` : '';
}
