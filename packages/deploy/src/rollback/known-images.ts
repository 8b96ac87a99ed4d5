import { shortImageId } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';
import type { Digest } from '../ports.ts';
import type { DeployRecord } from '../state/records/record.ts';

/** Where the images of a release may be found. */
export interface ImageSources {
  /** The record of the release, or of a deploy of the same images. */
  readonly record?: DeployRecord | undefined;
  /** The short image IDs that the release's description names, by process type. */
  readonly named: Readonly<Record<string, string>>;
  /** The images in the registry, by process type. */
  readonly registry: Readonly<Record<string, Digest>>;
}

/**
 * Returns the images of a release by process type, as digests. Heroku shows only short IDs, so they have to be known from a
 * record or found in the registry.
 * @throws DeployError ROLLBACK_IMPOSSIBLE if one of them isn't known
 */
export function knownImages(
  app: string,
  version: number,
  { record, named, registry }: ImageSources,
): Readonly<Record<string, Digest>> {
  if (record && Object.keys(record.images).length > 0) return record.images;
  const found = Object.entries(named).map(([type, shortId]) => {
    const imageId = [registry[type], ...Object.values(registry)].find((id) => id && shortImageId(id) === shortId);
    return { type, shortId, imageId };
  });
  const missing = found.filter(({ imageId }) => imageId === undefined);
  if (found.length > 0 && missing.length === 0) {
    return Object.fromEntries(found.map(({ type, imageId }) => [type, imageId!]));
  }
  const what = missing.map(({ type, shortId }) => `${type} ${shortId}`).join(', ');
  throw new DeployError(
    'ROLLBACK_IMPOSSIBLE',
    `The images of v${version} of ${app}${what ? ` (${what})` : ''} can't be released again: this machine and the registry have no record of that deploy, and the registry has other images. Roll back config vars too: tozo rollback v${version}. Or check out its commit and deploy it.`,
  );
}
