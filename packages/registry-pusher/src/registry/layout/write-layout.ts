import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { abortOnFailure } from '../../abort-on-failure.ts';
import { makeDirectory } from '../../files/make-directory.ts';
import { type Blob, blobOf } from '../../image/blob.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Image } from '../../image/image.ts';
import { layerDescriptor, manifestBlob } from '../../image/manifest.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { BlobOutcome, PushedBlob, PushOptions, PushResult } from '../client/client.ts';
import { assertConsistent, assertValidOptions } from '../push/assert-pushable.ts';
import { layerBlob, remakeLayer, type OpenStored } from '../push/layer-blob.ts';
import { blobPathOf, layoutInvalidError, readLayoutBlob } from './layout-files.ts';
import { refName } from './read-layout.ts';

const concurrentBlobs = 4;

/**
 * Writes an image to an OCI layout, complete with its base's layers. Replaces the images that the layout names, after all
 * blobs are there, and keeps its other blobs.
 * @throws RegistryPusherError LAYOUT_INVALID for a directory with other files, DISK_FULL, ABORTED, and what reading layers throws
 */
export async function writeLayout(
  openStored: OpenStored,
  image: Image,
  target: ImageReference,
  options: PushOptions,
): Promise<PushResult> {
  const { format = 'oci', annotations, tags = [] } = options;
  const config = blobOf(format === 'oci' ? mediaTypes.ociConfig : mediaTypes.dockerConfig, image.configBytes);
  assertConsistent(image, config.descriptor.digest);
  assertValidOptions({ ...options, format });
  const { repository: directory } = target;
  const cleanUp: (() => Promise<void>)[] = [];
  try {
    await prepareDirectory(directory);
    return await abortOnFailure(options.signal, async (signal) => {
      const context = {
        openStored,
        signal,
        compressions: pLimit(availableParallelism()),
        unreadable: new Map<Digest, unknown>(),
        cleanUp,
      };
      const writes = pLimit(concurrentBlobs);
      const written = new Map<Digest, Promise<PushedBlob>>();
      const place = (blob: Blob) => {
        const { digest } = blob.descriptor;
        const placed = written.get(digest) ?? writes(() => placeBlob(directory, blob, signal));
        written.set(digest, placed);
        return placed;
      };
      const layers = await Promise.all(
        image.layers.map(async (layer) => {
          const placeLayer = async (blob: Blob) => {
            await place(blob);
            return { diffId: layer.diffId, descriptor: blob.descriptor };
          };
          try {
            return await placeLayer(await layerBlob(context, layer));
          } catch (error) {
            const remade = await remakeLayer(context, layer, options.onNote);
            if (remade === undefined) throw error;
            written.delete(remade.descriptor.digest);
            return await placeLayer(remade);
          }
        }),
      );
      await place(config);
      const descriptors = layers.map(({ descriptor }) => descriptor);
      const manifest = manifestBlob(format, config.descriptor, descriptors, annotations);
      await place(manifest);
      await writeIndex(directory, image, manifest, [target.tag ?? 'latest', ...tags]);
      const { digest: manifestDigest } = manifest.descriptor;
      const blobs = (await Promise.all(written.values())).filter(({ digest }) => digest !== manifestDigest);
      const total = (outcome: BlobOutcome) =>
        blobs.reduce((sum, blob) => sum + (blob.outcome === outcome ? blob.size : 0), 0);
      return {
        reference: target,
        imageId: image.imageId,
        manifestDigest,
        sentBytes: total('sent'),
        reusedBytes: total('present'),
        blobs,
        layers: layers.map(({ diffId, descriptor }) => ({
          kind: 'stored',
          diffId,
          descriptor: layerDescriptor('docker', descriptor),
          from: { registry: target.registry, repository: directory },
        })),
      };
    });
  } catch (error) {
    throw explainError(directory, error);
  } finally {
    await Promise.all(cleanUp.map((close) => close()));
  }
}

/** @throws RegistryPusherError LAYOUT_INVALID for a directory with other files */
async function prepareDirectory(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const other = names.find((name) => name !== 'blobs');
  if (other !== undefined && !names.includes('oci-layout'))
    throw layoutInvalidError(directory, `it has other files, such as ${other}`);
  await makeDirectory(join(directory, 'blobs/sha256'));
}

async function placeBlob(directory: string, blob: Blob, signal: AbortSignal): Promise<PushedBlob> {
  const { digest, size } = blob.descriptor;
  if (await isPresent(directory, blob)) return { digest, size, outcome: 'present' };
  const path = join(directory, blobPathOf(digest));
  const temporary = join(directory, 'blobs', `.${randomUUID()}`);
  const file = await open(temporary, 'wx', 0o644);
  try {
    try {
      await copyBlob(blob, file, signal);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { digest, size, outcome: 'sent' };
}

async function isPresent(directory: string, { descriptor }: Blob): Promise<boolean> {
  try {
    for await (const _ of readLayoutBlob(directory, descriptor)) continue;
    return true;
  } catch {
    return false;
  }
}

async function copyBlob({ descriptor, open: openBlob }: Blob, file: FileHandle, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of openBlob()) {
    if (signal.aborted) throw signal.reason;
    hash.update(chunk);
    await file.appendFile(chunk);
  }
  if (`sha256:${hash.digest('hex')}` === descriptor.digest) return;
  throw new RegistryPusherError('DIGEST_MISMATCH', `The blob ${descriptor.digest} changed while it was copied. Retry.`);
}

async function writeIndex(
  directory: string,
  { config }: Image,
  manifest: Blob,
  tags: readonly string[],
): Promise<void> {
  const { os, architecture, variant } = config;
  const platform = { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
  const manifests = [...new Set(tags)].map((tag) => ({
    ...manifest.descriptor,
    platform,
    annotations: { [refName]: tag },
  }));
  await replaceFile(directory, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  await replaceFile(directory, 'index.json', { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

async function replaceFile(directory: string, name: string, content: object): Promise<void> {
  const temporary = join(directory, 'blobs', `.${randomUUID()}`);
  await writeFile(temporary, JSON.stringify(content), { flag: 'wx' });
  await rename(temporary, join(directory, name));
}

function explainError(directory: string, error: unknown): unknown {
  if (error instanceof RegistryPusherError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new RegistryPusherError('DISK_FULL', `There's no space left for the image in ${directory}. Free some.`, {
      cause: error,
    });
  if (code === undefined) return error;
  return new RegistryPusherError(
    'LAYOUT_INVALID',
    `Can't write an OCI layout to ${directory}: ${code}. Correct the path.`,
    {
      cause: error,
    },
  );
}
