import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { type Blob, blobOf } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Image, RemoteImage } from '../../image/image.ts';
import { layerDescriptor, manifestBlob } from '../../image/manifest.ts';
import { type ImageReference, assertTag, withDefaultTag } from '../../image/reference.ts';
import type { PushedBlob, PushOptions, PushResult } from '../client/client.ts';
import type { RegistrySession } from '../client/session.ts';
import { layerBlob, mountSource } from './layer-blob.ts';
import { placeBlob, type Push } from './place-blob.ts';
import { createProgressCounter } from './progress.ts';
import { putManifest, verifyManifest } from './put-manifest.ts';
import { unchanged } from './unchanged.ts';

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
  const config = blobOf(mediaTypes.dockerConfig, image.configBytes);
  checkImage(image, config.descriptor.digest);
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
    progress: createProgressCounter(onProgress),
    held: heldBy(options.current, target),
    cleanUp: [],
  };
  const cancel = () => stop.abort(signal?.reason);
  const late = setTimeout(() => stop.abort(tooLate(session, target, session.timing.push)), session.timing.push);
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await pushParts(push, image, config, target, options, (error) => stop.abort(error));
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', cancel);
    await Promise.all(push.cleanUp.map((close) => close()));
  }
}

async function pushParts(
  push: Push,
  image: Image,
  config: Blob,
  target: ImageReference,
  { format = 'docker', annotations, tags = [] }: PushOptions,
  stop: (error: unknown) => void,
): Promise<PushResult> {
  const layers = image.layers.filter(({ diffId }, at, all) => all.findIndex((layer) => layer.diffId === diffId) === at);
  const blobs = new Map(layers.map((layer) => [layer.diffId, layerBlob(push, layer)]));
  const parts: readonly [blob: Promise<Blob>, mountFrom: string | undefined][] = [
    ...layers.map(
      (layer) => [blobs.get(layer.diffId)!, mountSource(push, layer)] as [Promise<Blob>, string | undefined],
    ),
    [Promise.resolve(config), undefined],
  ];
  const outcomes = new Map<Digest, Promise<PushedBlob>>();
  const placeOnce = (blob: Blob, mountFrom: string | undefined) => {
    const { digest } = blob.descriptor;
    const placed = outcomes.get(digest) ?? placeBlob(push, blob, mountFrom);
    outcomes.set(digest, placed);
    return placed;
  };
  const placeAll = () =>
    allOrNothing(
      parts.map(async ([blob, mountFrom]) => placeOnce(await blob, mountFrom)),
      stop,
    );

  await placeAll();
  const descriptors = await Promise.all(image.layers.map(async ({ diffId }) => (await blobs.get(diffId)!).descriptor));
  const manifest = manifestBlob(format, config.descriptor, descriptors, annotations);
  await putManifest(push, target, tags, manifest, async () => {
    outcomes.clear();
    push.held.clear();
    await placeAll();
  });
  await verifyManifest(push, target, manifest.descriptor.digest);
  const placed = await Promise.all(outcomes.values());
  const reused = placed.filter(({ outcome }) => outcome !== 'sent');
  return {
    reference: target,
    imageId: image.imageId,
    manifestDigest: manifest.descriptor.digest,
    sentBytes: push.progress.sentBytes(),
    reusedBytes: reused.reduce((sum, { size }) => sum + size, 0),
    blobs: placed,
    layers: image.layers.map(({ diffId }, index) => ({
      kind: 'stored',
      diffId,
      descriptor: layerDescriptor('docker', descriptors[index]!),
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

function heldBy(current: RemoteImage | undefined, { registry, repository }: ImageReference): Set<Digest> {
  if (current?.from.registry !== registry || current.from.repository !== repository) return new Set();
  return new Set([current.manifest.config, ...current.manifest.layers].map(({ digest }) => digest));
}

/** @throws RegistryPusherError CONFIG_INVALID for an image whose parts do not belong together */
function checkImage({ config, imageId, layers }: Image, configDigest: Digest): void {
  if (configDigest !== imageId)
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
