import type { Release } from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';
import { type ConfigDifference, configDifference } from '../state/config-history.ts';
import { imagesByType, imagesOf, type ReleasedImages } from '../state/image-release.ts';
import { type DeployRecord, isRecordOf } from '../state/records/record.ts';

/** What a rollback that a person asks for will do. Plain data, computed without I/O. */
export interface RollbackPlan {
  readonly app: string;
  readonly environment?: string;
  /** The app's URL. Absent if it has none, or if it's in maintenance mode. */
  readonly url?: string;
  /** What runs now. */
  readonly from?: ReleaseSummary;
  readonly target: ReleaseSummary & { readonly id: string };
  /** `rollback`: Heroku's own, config vars included; `images`: the target's images released again. */
  readonly way: 'rollback' | 'images';
  /** The images to release, by process type. Empty for Heroku's own rollback. */
  readonly images: Readonly<Record<string, Digest>>;
  /** What Heroku's own rollback changes. */
  readonly config: ConfigDifference;
  /** How the target is verified. Absent if its deploy left no record: then by dynos and any response below 500. */
  readonly record?: DeployRecord;
  /** The dynos that the target was deployed with, by process type, as far as the record of its own deploy names them. */
  readonly dynos: Readonly<Record<string, number>>;
  /** Process types that the target ran, and that the app no longer has. */
  readonly removedTypes: readonly string[];
  readonly preboot: boolean;
  readonly warnings: readonly string[];
}

export interface ReleaseSummary {
  readonly version: number;
  readonly description: string;
  /** Short; empty if no release names them. */
  readonly imageIds: readonly string[];
  /** The deployed commit, if a record names it. */
  readonly commit?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly user: string | null;
}

export interface RollbackState {
  readonly app: string;
  readonly environment?: string;
  readonly url?: string;
  /** Newest first. */
  readonly releases: readonly Release[];
  /** Process types. */
  readonly formation: readonly string[];
  readonly preboot: boolean;
  readonly target: Release;
  /** Of the target and of what runs now. */
  readonly records: { readonly target?: DeployRecord | undefined; readonly from?: DeployRecord | undefined };
  /** The target's images by process type, to release them instead of Heroku's rollback. */
  readonly images?: Readonly<Record<string, Digest>>;
}

export function planRollback(state: RollbackState): RollbackPlan {
  const { app, environment, url, releases, preboot, target, records, images } = state;
  const current = releases.find((release) => release.current);
  const config = images || !current ? { changes: [], isComplete: true } : configDifference(releases, current, target);
  const dynos = dynosOf(releases, target, records.target);
  return {
    app,
    ...(environment ? { environment } : {}),
    ...(url ? { url } : {}),
    ...(current ? { from: summaryOf(releases, current, records.from) } : {}),
    target: { id: target.id, ...summaryOf(releases, target, records.target) },
    way: images ? 'images' : 'rollback',
    images: images ?? {},
    config,
    ...(records.target ? { record: records.target } : {}),
    dynos,
    removedTypes: removedTypes(state, dynos),
    preboot,
    warnings: [
      ...(images ? keptTypes(state, images) : configWarnings(target.version, config)),
      ...phaseWarnings(state),
    ],
  };
}

/** Returns whether what runs is what the rollback would make run. */
export function isAlreadyThere({ from, target, way, config, removedTypes: removed }: RollbackPlan): boolean {
  if (!from || removed.length > 0) return false;
  if (from.version === target.version) return true;
  const hasImages = from.imageIds.length > 0 && from.imageIds.join() === target.imageIds.join();
  return hasImages && (way === 'images' || (config.isComplete && config.changes.length === 0));
}

/** Returns the short image IDs that a release runs. */
export function shortIdsOf(images: ReleasedImages): readonly string[] {
  return images.kind === 'images' ? images.imageIds : [];
}

/** Returns the short image IDs that a release runs, by process type, as far as its description names types. */
export function typesToRelease(releases: readonly Release[], target: Release): Readonly<Record<string, string>> {
  const images = imagesOf(releases, target);
  return images.kind === 'images' ? imagesByType(images.release) : {};
}

function summaryOf(releases: readonly Release[], release: Release, record: DeployRecord | undefined): ReleaseSummary {
  const { version, description, createdAt, user } = release;
  const imageIds = shortIdsOf(imagesOf(releases, release));
  return { version, description, imageIds, ...(record?.commit ? { commit: record.commit } : {}), createdAt, user };
}

/** The record of another deploy of the same images says nothing about dynos. */
function dynosOf(
  releases: readonly Release[],
  target: Release,
  record: DeployRecord | undefined,
): Readonly<Record<string, number>> {
  const images = imagesOf(releases, target);
  const own = images.kind === 'images' ? [target, images.release] : [target];
  if (!record || !own.some((release) => isRecordOf(record, release))) return {};
  return Object.fromEntries(
    Object.entries(record.processes).flatMap(([type, { dynos }]) =>
      type !== 'release' && dynos !== undefined ? [[type, dynos] as const] : [],
    ),
  );
}

/** A removed type is gone from the formation, but not from the descriptions of earlier releases. */
function removedTypes({ releases, target, formation }: RollbackState, dynos: RollbackPlan['dynos']): string[] {
  const types = new Set([...Object.keys(typesToRelease(releases, target)), ...Object.keys(dynos)]);
  return [...types].filter((type) => type !== 'release' && !formation.includes(type)).sort();
}

function configWarnings(version: number, { changes, isComplete }: ConfigDifference): string[] {
  const listed = changes.map(
    ({ version: changed, names, description }) =>
      `${names.length > 0 ? names.join(', ') : `"${description}"`} (v${changed})`,
  );
  const known = listed.length > 0 ? ` Changed in between: ${listed.join('; ')}.` : ' None was changed in between.';
  const rest = isComplete ? '' : ' There may be more: not all releases in between could be read.';
  return [
    `All config vars return to their values of v${version}.${isComplete || listed.length > 0 ? known : ''}${rest}${
      listed.length > 0 || !isComplete ? ' To keep the present ones: --keep-config.' : ''
    }`,
  ];
}

/** A release phase of the version that is left may have changed a database. The target's own runs again. */
function phaseWarnings({ releases, records, target }: RollbackState): string[] {
  const current = releases.find((release) => release.current);
  const types = (release: Release | undefined, record: DeployRecord | undefined): string[] => [
    ...Object.keys(release ? typesToRelease(releases, release) : {}),
    ...Object.keys(record?.images ?? {}),
  ];
  if (!types(current, records.from).includes('release')) return [];
  return [
    `What release phases changed after v${target.version}, such as a database, isn't undone: check that v${target.version} works with it.`,
  ];
}

function keptTypes({ formation, target }: RollbackState, images: Readonly<Record<string, Digest>>): string[] {
  const kept = formation.filter((type) => images[type] === undefined);
  return kept.length > 0 ? [`v${target.version} names no image for ${kept.join(', ')}, which stays unchanged.`] : [];
}
