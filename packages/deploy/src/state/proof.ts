import { HerokuError, type HerokuClient, type Release, shortImageId } from '@tozo/heroku-client';
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Promotion } from '../config/promotion.ts';
import { DeployError } from '../errors.ts';
import type { ImagePublisher } from '../ports.ts';
import { imagesOf } from './image-release.ts';
import { matchRecord, readAllRecords } from './records/match-record.ts';
import { openRecords } from './records/open-records.ts';
import { type DeployRecord, isSuccess, releasedImages } from './records/record.ts';
import { readReleases } from './releases.ts';

export interface ProofOptions {
  readonly heroku: HerokuClient;
  readonly publisher: ImagePublisher;
  /** Where the apps are. */
  readonly target: string;
  /** The process types of deploy.json. */
  readonly types: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Reads the record of the deploy whose images an environment runs at this moment.
 * @throws DeployError NOT_PROVEN if there's none, if it runs something else, or if that was too long ago
 */
export async function readProof(promotion: Promotion, options: ProofOptions): Promise<DeployRecord> {
  const { heroku, publisher, target, types, ...rest } = options;
  const records = openRecords({ app: promotion.app, target, registry: { publisher, types }, ...rest });
  const [found, releases] = await Promise.all([
    readAllRecords(records),
    readReleases(heroku, promotion.app, rest).catch((error: unknown) => {
      throw explain(promotion, error);
    }),
  ]);
  const proof = findProof(promotion, found, releases, Date.now());
  if (typeof proof !== 'string') return proof;
  const remedy = `Deploy there first: tozo deploy --environment ${promotion.environment}.`;
  throw new DeployError('NOT_PROVEN', `${proof}. ${remedy}`);
}

/**
 * Returns the record of the deploy whose images an environment runs, or why there's none that counts.
 * @param releases of its app, newest first
 * @param now milliseconds since 1970
 */
export function findProof(
  { environment, app, within }: Promotion,
  records: readonly DeployRecord[],
  releases: readonly Release[],
  now: number,
): DeployRecord | string {
  const successes = records.filter(isSuccess);
  if (successes.length === 0)
    return `no record of a successful deploy to ${environment} (${app}) was found on this machine or in the registry`;
  const current = releases.find((release) => release.current);
  if (!current) return `${environment} (${app}) runs no release`;
  const record = recordOf(current, successes, releases);
  if (!record) return `${environment} runs ${describe(current)}, and no deploy of these images was recorded`;
  const age = now - Date.parse(record.at);
  if (within !== undefined && age > parseDuration(within)) {
    return `${environment} verified these images ${formatDuration(age)} ago (v${record.release}), and deploy.json accepts ${within}`;
  }
  return record;
}

/** What an environment's images were proven by. */
export interface Proof {
  readonly promotion: Promotion;
  readonly record: DeployRecord;
}

/**
 * Checks that an environment still runs the images that prove another one's. What else it released doesn't matter.
 * @throws DeployError NOT_PROVEN
 */
export async function assertStillRuns(
  { promotion, record }: Proof,
  { heroku, signal }: Pick<ProofOptions, 'heroku' | 'signal'>,
): Promise<void> {
  const { environment, app } = promotion;
  const releases = await readReleases(heroku, app, signal ? { signal } : {});
  const current = releases.find((release) => release.current);
  if (current && recordOf(current, [record], releases)) return;
  const now = current ? describe(current) : 'no release';
  throw new DeployError(
    'NOT_PROVEN',
    `${environment} has changed in the meantime: it runs ${now} instead of the images of v${record.release}. Check ${environment}, then start again.`,
  );
}

/** Returns the record of the deploy of the very images that a release runs. */
function recordOf(
  release: Release,
  records: readonly DeployRecord[],
  releases: readonly Release[],
): DeployRecord | undefined {
  const images = imagesOf(releases, release);
  const record = matchRecord(records, releases, release);
  return record && (images.kind !== 'images' || namesAll(images.imageIds, record)) ? record : undefined;
}

function describe({ version, description, user }: Release): string {
  return `v${version} ("${description}"${user ? ` by ${user}` : ''})`;
}

/** Whether a release is of all images of a record: one of only some leaves others that nobody recorded. */
function namesAll(imageIds: readonly string[], record: DeployRecord): boolean {
  return Object.values(releasedImages(record)).every((imageId) => imageIds.includes(shortImageId(imageId)));
}

function explain({ environment, app }: Promotion, error: unknown): unknown {
  if (!(error instanceof HerokuError)) return error;
  switch (error.code) {
    case 'NOT_FOUND':
      return new DeployError(
        'NOT_PROVEN',
        `the app ${app} of ${environment} doesn't exist. Create it and deploy there first, or correct "environments" in deploy.json.`,
        { cause: error },
      );
    case 'FORBIDDEN':
      return new DeployError(
        'NOT_PROVEN',
        `this HEROKU_API_KEY has no access to ${app}, the app of ${environment}. Add its account there as a collaborator, or use a key with access to both apps.`,
        { cause: error },
      );
    default:
      return error;
  }
}
