import { isGzippedLayer } from '../../image/descriptor.ts';
import type { Image, Layer, StoredLayer } from '../../image/image.ts';
import { manifestBlob } from '../../image/manifest.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { PushOptions, PushResult } from '../client/client.ts';

/** Returns a push's result if the tag is known to point to exactly this image already, to the byte of its manifest. */
export function unchangedResult(
  image: Image,
  target: ImageReference,
  { current, format = 'docker', annotations, tags = [] }: PushOptions,
): PushResult | undefined {
  const { imageId, configBytes } = image;
  const layers = image.layers.filter(isGzipped);
  if (current === undefined || layers.length < image.layers.length || tags.some((tag) => tag !== target.tag))
    return undefined;
  const blobs = [{ size: configBytes.length, digest: imageId }, ...layers.map(({ descriptor }) => descriptor)];
  const { digest: manifestDigest } = manifestBlob(format, blobs[0]!, blobs.slice(1), annotations).descriptor;
  const isSameRepository = current.from.registry === target.registry && current.from.repository === target.repository;
  if (!isSameRepository || manifestDigest !== current.manifestDigest) return undefined;
  return {
    reference: target,
    imageId,
    manifestDigest,
    sentBytes: 0,
    reusedBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    blobs: blobs.map(({ digest, size }) => ({ digest, size, outcome: 'present' })),
    layers: layers.map((layer) => ({ ...layer, from: current.from })),
  };
}

function isGzipped(layer: Layer): layer is StoredLayer {
  return layer.kind === 'stored' && isGzippedLayer(layer.descriptor);
}
