import { RegistryPusherError } from '../../image/errors.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { type CacheEntry, entriesOf, type StoredEntry } from './cache-entry.ts';
import { cacheImageOf, pruneEntries } from './cache-image.ts';
import { cacheKeyVariable, type CachePlace } from './cache-place.ts';
import { isSigned } from './signature.ts';

export interface CacheOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with a sentence about what can't be used. A cache never ends a build. */
  readonly onSkipped: (reason: string) => void;
}

/**
 * Reads what earlier builds left, in the order of the places. Whatever can't be read or isn't signed is left out, and said.
 * @throws RegistryPusherError ABORTED
 */
export async function readCache(
  registry: Pick<RegistryClient, 'getImage'>,
  place: CachePlace,
  options: CacheOptions,
): Promise<StoredEntry[]> {
  if (place.from.length === 0) return [];
  if (place.needsSignature && place.secret === undefined) {
    options.onSkipped(
      `the cache isn't used: this branch is protected and takes only signed entries. Set ${cacheKeyVariable} as a protected, masked variable (openssl rand -hex 32).`,
    );
    return [];
  }
  const read = await Promise.all(place.from.map((reference) => readOne(registry, reference, place, options)));
  return read.flat();
}

async function readOne(
  registry: Pick<RegistryClient, 'getImage'>,
  reference: ImageReference,
  { scope, secret, needsSignature }: CachePlace,
  { signal, onSkipped }: CacheOptions,
): Promise<StoredEntry[]> {
  const skip = (why: string) => {
    onSkipped(`can't use the cache ${formatImageReference(reference)}: ${why}`);
    return [];
  };
  try {
    const image = await registry.getImage(reference, { forPush: true, ...(signal === undefined ? {} : { signal }) });
    if (image === undefined) return [];
    if (image.config.config?.Labels?.['dev.tozo.cache'] !== scope) return skip("it isn't a cache of this app");
    const entries = entriesOf(
      image,
      (entry, signature) => !needsSignature || isSigned(entry, signature, scope, secret!),
    );
    if (entries === undefined) return skip('its history and its layers differ in number');
    const { valid, refused } = entries;
    if (refused > 0)
      skip(`${refused} of its entries ${refused === 1 ? "isn't" : "aren't"} signed with ${cacheKeyVariable}`);
    return valid;
  } catch (error) {
    return skip(messageOf(error));
  }
}

/**
 * Writes what this build used and made, with what is still of use of earlier ones. A failure is only said.
 * @param oldest entries made before it are dropped, in seconds since 1970
 * @throws RegistryPusherError ABORTED
 */
export async function writeCache(
  registry: Pick<RegistryClient, 'push'>,
  place: CachePlace,
  {
    own,
    earlier,
    oldest,
  }: { readonly own: readonly CacheEntry[]; readonly earlier: readonly CacheEntry[]; readonly oldest: number },
  { signal, onSkipped }: CacheOptions,
): Promise<void> {
  const { to, scope, secret, needsSignature } = place;
  if (to === undefined || (needsSignature && secret === undefined)) return;
  const isHere = (entry: CacheEntry) =>
    entry.layer?.kind !== 'stored' ||
    (entry.layer.from.registry === to.registry && entry.layer.from.repository === to.repository);
  const kept = pruneEntries(own.filter(isHere), earlier.filter(isHere), oldest);
  if (isSame(kept, earlier)) return;
  try {
    const image = cacheImageOf(kept, scope, secret);
    if (image.layers.length > 0) await registry.push(image, to, signal === undefined ? {} : { signal });
  } catch (error) {
    onSkipped(`can't write the cache ${formatImageReference(to)}: ${messageOf(error)}`);
  }
}

/** What is already there needs no request. */
function isSame(kept: readonly CacheEntry[], earlier: readonly CacheEntry[]): boolean {
  const known = new Set(earlier.map(({ record }) => record.sourceDigest));
  return kept.length === known.size && kept.every(({ record }) => known.has(record.sourceDigest));
}

function messageOf(error: unknown): string {
  if (error instanceof RegistryPusherError && error.code !== 'ABORTED') return error.message;
  throw error;
}
