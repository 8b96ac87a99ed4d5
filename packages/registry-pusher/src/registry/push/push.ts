import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { RegistryPusherError } from '../../image/errors.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import type { Image, RemoteImage } from '../../image/image.ts';
import { layerDescriptor, manifestOf } from '../../image/manifest.ts';
import { type ImageReference, assertTag, withDefaultTag } from '../../image/reference.ts';
import type { BlobOutcome, PushedBlob, PushOptions, PushResult } from '../client/client.ts';
import { type Parcel, parcelOf, type Workshop } from './parcel.ts';
import { putManifest, verifyManifest } from './put-manifest.ts';
import { createTally, type Tally } from './tally.ts';
import type { RegistrySession } from '../client/session.ts';
import { unchanged } from './unchanged.ts';
import { holdsBlob, mountBlob, uploadBlob } from './upload.ts';

interface Push extends Workshop {
  readonly checks: ReturnType<typeof pLimit>;
  readonly uploads: ReturnType<typeof pLimit>;
  readonly tally: Tally;
  /** Blobs that the target's own manifest named a moment ago, until the registry says that it misses one. */
  readonly held: Set<Digest>;
}

const uploadsAtOnce = 4;
const checksAtOnce = 8;

/** Blobs first, the manifest last, then a look at what the registry holds now. */
export async function pushImage(
  sessionOf: (registry: string) => RegistrySession,
  image: Image,
  reference: ImageReference,
  options: PushOptions,
): Promise<PushResult> {
  const { signal, onProgress } = options;
  checkImage(image);
  checkOptions(options);
  const target = withDefaultTag(reference);
  const there = unchanged(image, target, options);
  if (there !== undefined) return there;
  const session = sessionOf(target.registry);
  const stop = new AbortController();
  const push: Push = {
    session,
    sessionOf,
    repository: target.repository,
    signal: stop.signal,
    compressions: pLimit(Math.min(uploadsAtOnce, availableParallelism())),
    checks: pLimit(checksAtOnce),
    uploads: pLimit(uploadsAtOnce),
    tally: createTally(onProgress),
    held: heldBy(options.current, target),
    cleanUp: [],
  };
  const cancel = () => stop.abort(signal?.reason);
  const late = setTimeout(() => stop.abort(tooLate(session, target, session.timing.push)), session.timing.push);
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await pushParts(push, image, target, options, (error) => stop.abort(error));
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', cancel);
    await Promise.all(push.cleanUp.map((close) => close()));
  }
}

async function pushParts(
  push: Push,
  image: Image,
  target: ImageReference,
  { format = 'docker', annotations, tags = [] }: PushOptions,
  stop: (error: unknown) => void,
): Promise<PushResult> {
  const parcels = new Map<Digest, Promise<Parcel>>();
  for (const layer of image.layers) if (!parcels.has(layer.diffId)) parcels.set(layer.diffId, parcelOf(push, layer));
  const config: Parcel = {
    digest: image.imageId,
    size: image.configBytes.length,
    open: (from) => once(image.configBytes.subarray(from)),
  };
  const outcomes = new Map<Digest, Promise<PushedBlob>>();
  const placeOnce = (parcel: Parcel) => {
    const known = outcomes.get(parcel.digest) ?? place(push, parcel);
    outcomes.set(parcel.digest, known);
    return known;
  };
  const placeAll = () =>
    allOrNothing(
      [...parcels.values(), Promise.resolve(config)].map(async (parcel) => placeOnce(await parcel)),
      stop,
    );

  await placeAll();
  const layers = await Promise.all(
    image.layers.map(async ({ diffId }) => layerDescriptor(format, await parcels.get(diffId)!)),
  );
  const manifest = manifestOf(format, config, layers, annotations);
  await putManifest(push, target, tags, manifest, async () => {
    outcomes.clear();
    push.held.clear();
    await placeAll();
  });
  const manifestDigest = await verifyManifest(push, target, manifest);
  const blobs = await Promise.all(outcomes.values());
  const reused = blobs.filter(({ outcome }) => outcome !== 'sent');
  return {
    reference: target,
    imageId: image.imageId,
    manifestDigest,
    sentBytes: push.tally.sentBytes(),
    reusedBytes: reused.reduce((sum, { size }) => sum + size, 0),
    blobs,
    layers: image.layers.map(({ diffId }, index) => ({
      kind: 'stored',
      diffId,
      descriptor: { ...layers[index]!, mediaType: mediaTypes.dockerLayerGzip },
      from: { registry: target.registry, repository: target.repository },
    })),
  };
}

/** Waits for all of them even after one failed, so that nothing goes on behind the caller's back; throws the first failure. */
async function allOrNothing(promises: Promise<unknown>[], stop: (error: unknown) => void): Promise<void> {
  const failures: unknown[] = [];
  const noted = promises.map((promise) =>
    promise.catch((error: unknown) => {
      failures.push(error);
      stop(error);
    }),
  );
  await Promise.all(noted);
  if (failures.length > 0) throw failures[0];
}

async function place(push: Push, parcel: Parcel): Promise<PushedBlob> {
  const { digest, size } = parcel;
  const isHeld = push.held.has(digest) || (await push.checks(() => holdsBlob(push, parcel)));
  const outcome = isHeld ? 'present' : await push.uploads(() => mountOrUpload(push, parcel));
  return { digest, size, outcome };
}

function heldBy(current: RemoteImage | undefined, { registry, repository }: ImageReference): Set<Digest> {
  if (current?.from.registry !== registry || current.from.repository !== repository) return new Set();
  return new Set([current.manifest.config, ...current.manifest.layers].map(({ digest }) => digest));
}

async function mountOrUpload(push: Push, parcel: Parcel): Promise<BlobOutcome> {
  if (push.signal.aborted) throw push.signal.reason;
  const opened = parcel.mountFrom === undefined ? undefined : await mountBlob(push, parcel, parcel.mountFrom);
  if (opened === 'mounted') return 'mounted';
  await uploadBlob(push, { ...parcel, open: push.tally.counting(parcel) }, opened);
  return 'sent';
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** @throws RegistryPusherError CONFIG_INVALID for an image whose parts do not belong together */
function checkImage({ config, configBytes, imageId, layers }: Image): void {
  if (digestOf(configBytes) !== imageId)
    throw new RegistryPusherError('CONFIG_INVALID', `The image ID ${imageId} is not the digest of its config.`);
  const diffIds = layers.map(({ diffId }) => diffId);
  if (diffIds.join() !== config.rootfs.diff_ids.join())
    throw new RegistryPusherError('CONFIG_INVALID', `The config of image ${imageId} does not name the layers it has.`);
}

/** @throws RegistryPusherError CONFIG_INVALID, REFERENCE_INVALID */
function checkOptions({ format = 'docker', annotations, tags = [] }: PushOptions): void {
  if (format === 'docker' && annotations !== undefined)
    throw new RegistryPusherError(
      'CONFIG_INVALID',
      'A manifest in the format docker has no annotations. Use labels, or the format oci.',
    );
  for (const tag of tags) assertTag(tag);
}

function tooLate(session: RegistrySession, { repository }: ImageReference, milliseconds: number): RegistryPusherError {
  return new RegistryPusherError(
    'REGISTRY_UNREACHABLE',
    `The push to ${session.name}/${repository} was not done after ${Math.round(milliseconds / 60_000)} min and was given up.`,
  );
}
