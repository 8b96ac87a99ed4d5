import { isDigest } from '@tozo/registry-pusher';
import { z } from 'zod';
import { recordedHealthSchema } from '../../config/schema.ts';
import { processTypeGrammar } from '../../config/value-schema.ts';
import type { Digest } from '../../ports.ts';

/*
 * Records come back from the state directory, a registry or a job artifact: every field is checked and bounded, and what
 * another version of tozo added is ignored.
 */

const maxRecordLength = 64 * 1024;
const text = z.string().max(1000);
const processType = z.string().regex(processTypeGrammar);

export const digestSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));

const commitHash = z.string().regex(/^[0-9a-f]{40,64}$/);

const verifiedReleaseSchema = z.object({
  release: z.int().positive(),
  releaseId: text.optional(),
  commit: commitHash.optional(),
});

/** A release that a deploy verified, as later records name it. */
export type VerifiedRelease = z.infer<typeof verifiedReleaseSchema>;

const recordSchema = z.object({
  version: z.literal(1),
  app: text,
  environment: text.optional(),
  commit: commitHash.optional(),
  release: z.int().positive(),
  releaseId: text.optional(),
  images: z.record(processType, digestSchema),
  manifests: z.record(processType, digestSchema).optional(),
  imageResources: z.record(processType, text).optional(),
  imagesFrom: z.object({ app: text, environment: text.optional(), release: z.int().positive() }).optional(),
  removed: z.array(processType).optional(),
  processes: z.record(processType, z.object({ dynos: z.int().min(0).optional() })),
  health: recordedHealthSchema,
  versionHeader: text.optional(),
  marker: digestSchema.optional(),
  configVarNames: z.array(text),
  builder: z.enum(['direct', 'docker']),
  result: z.enum(['verified', 'released', 'rolled-back', 'failed']),
  earlier: z.array(verifiedReleaseSchema).max(100).optional(),
  who: text.optional(),
  pipeline: text.optional(),
  at: z.iso.datetime(),
});

/**
 * What one deploy released, and how that ended. `release` and `releaseId` are of its last release, `health`, `versionHeader`
 * and `marker` say how this version is verified, `manifests` are the digests by which the registry has the images, `imagesFrom`
 * is the deploy that they come from if they weren't built, `imageResources` are Heroku's own IDs of the images, `processes` has the declared dyno
 * counts, `removed` are process types that this deploy or an earlier one removed, `earlier` are releases that deploys before
 * it verified, the newest first: a registry returns only the newest record. `at` is an ISO time.
 *
 * - `verified`: the version was seen to be healthy
 * - `released`: it's live, and nothing could be checked
 * - `rolled-back`: it was unhealthy, and the version before runs again
 * - `failed`: it was released and is unhealthy, or its release failed
 */
export type DeployRecord = z.infer<typeof recordSchema>;

export function formatRecord(record: DeployRecord): string {
  return JSON.stringify(record);
}

/** Returns a record, or undefined for anything that isn't one of this version. */
export function parseRecord(json: unknown): DeployRecord | undefined {
  if (typeof json !== 'string' || json.length > maxRecordLength) return undefined;
  try {
    return recordSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** Returns whether a record's version went live and stayed. */
export function isSuccess({ result }: Pick<DeployRecord, 'result'>): boolean {
  return result === 'verified' || result === 'released';
}

/** Returns whether a record is a release's own. After an app was created again, another release has the same version. */
export function isRecordOf(
  record: Pick<DeployRecord, 'release' | 'releaseId'>,
  { version, id }: { readonly version: number; readonly id?: string | undefined },
): boolean {
  const isSame = record.releaseId === undefined || id === undefined || record.releaseId === id;
  return record.release === version && isSame;
}

/** Returns the images that a deploy released, without those of process types that it only failed to remove. */
export function releasedImages({ images, processes }: DeployRecord): DeployRecord['images'] {
  return Object.fromEntries(Object.entries(images).filter(([type]) => Object.hasOwn(processes, type)));
}
