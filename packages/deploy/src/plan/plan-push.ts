import { type BuiltImages, herokuRegistry, type Image } from '../ports.ts';
import type { PlannedImage, PlannedPush } from './plan.ts';

/**
 * Returns what a push of the missing images sends. Process types share their layers, so each layer counts once. A layer that
 * isn't compressed yet counts with its files' bytes, which are more than what is sent.
 * @param app its repositories contain the layers of earlier deploys
 */
export function planPush(app: string, { images, layers }: BuiltImages, planned: readonly PlannedImage[]): PlannedPush {
  const missing = planned.flatMap(({ type, pushed }) => (pushed ? [] : (images[type] ?? [])));
  const sizes = new Map(layers.map(({ diffId, size }) => [diffId, size]));
  const distinct = new Map(missing.flatMap((image) => image.layers).map((layer) => [layer.diffId, layer]));
  const result = { sentLayers: 0, sentBytes: 0, reusedLayers: 0, reusedBytes: 0 };
  for (const layer of distinct.values()) {
    const bytes = bytesOf(layer) ?? sizes.get(layer.diffId) ?? 0;
    if (isInRepository(app, layer)) {
      result.reusedLayers += 1;
      result.reusedBytes += bytes;
    } else {
      result.sentLayers += 1;
      result.sentBytes += bytes;
    }
  }
  return result;
}

type Layer = Image['layers'][number];

function bytesOf(layer: Layer): number | undefined {
  if (layer.kind === 'stored') return layer.descriptor.size;
  return layer.kind === 'blob' ? layer.blob.descriptor.size : undefined;
}

function isInRepository(app: string, layer: Layer): boolean {
  if (layer.kind !== 'stored') return false;
  const { registry, repository } = layer.from;
  return registry === herokuRegistry && repository.startsWith(`${app}/`);
}
