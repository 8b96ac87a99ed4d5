import { HerokuError, type HerokuClient, type Release, shortImageId } from '@tozo/heroku-client';
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Promotion } from '../config/promotion.ts';
import { DeployError } from '../errors.ts';
import type { ImagePublisher } from '../ports.ts';
import { imagesOf } from './image-release.ts';
import { openRecords } from './records/open-records.ts';
import type { DeployRecord } from './records/record.ts';
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
  const [record, releases] = await Promise.all([
    records.latest(),
    readReleases(heroku, promotion.app, rest).catch((error: unknown) => {
      throw explain(promotion, error);
    }),
  ]);
  const problem = proofProblem(promotion, record, releases, Date.now());
  if (problem === undefined) return record!;
  const remedy = `Deploy there first: tozo deploy --environment ${promotion.environment}.`;
  throw new DeployError('NOT_PROVEN', `${problem}. ${remedy}`);
}

/**
 * Returns why an environment doesn't prove the images of its recorded deploy, if so.
 * @param releases of its app, newest first
 * @param now milliseconds since 1970
 */
export function proofProblem(
  { environment, app, within }: Promotion,
  record: DeployRecord | undefined,
  releases: readonly Release[],
  now: number,
): string | undefined {
  if (!record) return `no record of a successful deploy to ${environment} (${app}) was found`;
  const current = releases.find((release) => release.current);
  if (!current) return `${environment} (${app}) runs no release`;
  if (!runsRecorded(record, releases, current)) {
    const by = current.user ? ` by ${current.user}` : '';
    return `${environment} runs v${current.version} ("${current.description}"${by}), and the deploy that is recorded last is v${record.release}`;
  }
  const age = now - Date.parse(record.at);
  if (within !== undefined && age > parseDuration(within)) {
    return `${environment} verified these images ${formatDuration(age)} ago (v${record.release}), and deploy.json accepts ${within}`;
  }
  return undefined;
}

/** Heroku describes a release with the images of all process types that it changed. */
function runsRecorded({ releaseId, images }: DeployRecord, releases: readonly Release[], current: Release): boolean {
  if (releaseId !== undefined && releaseId === current.id) return true;
  const found = imagesOf(releases, current);
  if (found.kind !== 'images') return false;
  const recorded = new Set(Object.values(images).map(shortImageId));
  return recorded.size === new Set(found.imageIds).size && found.imageIds.every((id) => recorded.has(id));
}

function explain({ environment, app }: Promotion, error: unknown): unknown {
  if (!(error instanceof HerokuError)) return error;
  const problem = {
    NOT_FOUND: `the app ${app} of ${environment} doesn't exist`,
    FORBIDDEN: `this HEROKU_API_KEY has no access to the app ${app} of ${environment}, and a promotion needs access to both apps`,
  }[error.code as string];
  if (problem === undefined) return error;
  return new DeployError('NOT_PROVEN', `${problem}. Check "environments" in deploy.json, and the key.`, {
    cause: error,
  });
}
