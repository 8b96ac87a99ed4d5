import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { type Blob, blobOf } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Image, Layer, RemoteImage } from '../../image/image.ts';
import { layerDescriptor, manifestBlob } from '../../image/manifest.ts';
import { type ImageReference, withDefaultTag } from '../../image/reference.ts';
import { linkController } from '../../abort-on-failure.ts';
import type { PushedBlob, PushOptions, PushResult } from '../client/client.ts';
import type { RegistrySession } from '../client/session.ts';
import { assertConsistent, assertValidOptions } from './assert-pushable.ts';
import { layerBlob, mountSource, type OpenStored, remakeLayer } from './layer-blob.ts';
import { placeBlob, type Push } from './place-blob.ts';
import { createProgressCounter } from './progress.ts';
import { putManifest, verifyManifest } from './put-manifest.ts';
import { unchangedResult } from './unchanged.ts';

const maxUploads = 4;
const maxChecks = 8;

/** Pushes the blobs first and the manifest last, then reads the manifest back. */
export async function pushImage(
  session: RegistrySession,
  openStored: OpenStored,
  image: Image,
  reference: ImageReference,
  options: PushOptions,
): Promise<PushResult> {
  const { signal, onProgress } = options;
  const config = blobOf(mediaTypes.dockerConfig, image.configBytes);
  assertConsistent(image, config.descriptor.digest);
  assertValidOptions(options);
  const target = withDefaultTag(reference);
  const unchanged = unchangedResult(image, target, options);
  if (unchanged !== undefined) return unchanged;
  const { stop, unlink } = linkController(signal);
  const push: Push = {
    session,
    openStored,
    repository: target.repository,
    signal: stop.signal,
    compressions: pLimit(Math.min(maxUploads, availableParallelism())),
    checks: pLimit(maxChecks),
    uploads: pLimit(maxUploads),
    progress: createProgressCounter(onProgress),
    held: blobsOf(options.current, target),
    unreadable: new Map(),
    cleanUp: [],
  };
  const timeout = setTimeout(() => stop.abort(timeoutError(session, target, session.timing.push)), session.timing.push);
  try {
    return await pushParts(push, image, config, target, options, (error) => stop.abort(error));
  } finally {
    clearTimeout(timeout);
    unlink();
    await Promise.all(push.cleanUp.map((close) => close()));
  }
}

async function pushParts(
  push: Push,
  image: Image,
  config: Blob,
  target: ImageReference,
  { format = 'docker', annotations, tags = [], onNote }: PushOptions,
  stop: (error: unknown) => void,
): Promise<PushResult> {
  const layers = image.layers.filter(({ diffId }, at, all) => all.findIndex((layer) => layer.diffId === diffId) === at);
  const blobs = new Map(layers.map((layer) => [layer.diffId, layerBlob(push, layer)]));
  const outcomes = new Map<Digest, Promise<PushedBlob>>();
  const placeOnce = (blob: Blob, mountFrom: string | undefined) => {
    const { digest } = blob.descriptor;
    const placed = outcomes.get(digest) ?? placeBlob(push, blob, mountFrom);
    outcomes.set(digest, placed);
    return placed;
  };
  const placeLayer = async (layer: Layer): Promise<PushedBlob> => {
    try {
      return await placeOnce(await blobs.get(layer.diffId)!, mountSource(push, layer));
    } catch (error) {
      const remade = await remakeLayer(push, layer, onNote);
      if (remade === undefined) throw error;
      blobs.set(layer.diffId, Promise.resolve(remade));
      // Usually it has the same digest as the one that failed.
      outcomes.delete(remade.descriptor.digest);
      return placeOnce(remade, undefined);
    }
  };
  const placeAll = () => settleAll([...layers.map(placeLayer), placeOnce(config, undefined)], stop);
  const describeLayers = () =>
    Promise.all(image.layers.map(async ({ diffId }) => (await blobs.get(diffId)!).descriptor));
  const createManifest = async () => manifestBlob(format, config.descriptor, await describeLayers(), annotations);

  await placeAll();
  const { manifest, put } = await putManifest(push, target, tags, createManifest, async () => {
    outcomes.clear();
    push.held.clear();
    await placeAll();
  });
  const descriptors = await describeLayers();
  await verifyManifest(push, target, put);
  const digests = new Set([...descriptors, config.descriptor].map(({ digest }) => digest));
  const placed = await Promise.all([...digests].map((digest) => outcomes.get(digest)!));
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

/** Waits for all promises even after one failed: nothing continues in the background. Throws the first failure. */
async function settleAll(promises: Promise<unknown>[], stop: (error: unknown) => void): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    promises.map((promise) =>
      promise.catch((error: unknown) => {
        failures.push(error);
        stop(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}

function blobsOf(current: RemoteImage | undefined, { registry, repository }: ImageReference): Set<Digest> {
  if (current?.from.registry !== registry || current.from.repository !== repository) return new Set();
  return new Set([current.manifest.config, ...current.manifest.layers].map(({ digest }) => digest));
}

function timeoutError(
  session: RegistrySession,
  { repository }: ImageReference,
  milliseconds: number,
): RegistryPusherError {
  return new RegistryPusherError(
    'REGISTRY_UNREACHABLE',
    `The push to ${session.name}/${repository} timed out after ${Math.round(milliseconds / 60_000)} min. Check the network and push again.`,
  );
}
