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
  const parts = [...distinct.values()].map((layer) => ({
    place: placeOf(app, layer),
    bytes: bytesOf(layer) ?? sizes.get(layer.diffId) ?? 0,
  }));
  const total = (wanted: LayerPlace): { layers: number; bytes: number } => {
    const found = parts.filter(({ place }) => place === wanted);
    return { layers: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
  };
  const [sent, reused, mountable] = [total('elsewhere'), total('app'), total('other-app')];
  return {
    sentLayers: sent.layers,
    sentBytes: sent.bytes,
    reusedLayers: reused.layers,
    reusedBytes: reused.bytes,
    ...(mountable.layers > 0 ? { mountable } : {}),
  };
}

type LayerPlace = 'app' | 'other-app' | 'elsewhere';

type Layer = Image['layers'][number];

function bytesOf(layer: Layer): number | undefined {
  if (layer.kind === 'stored') return layer.descriptor.size;
  return layer.kind === 'blob' ? layer.blob.descriptor.size : undefined;
}

function placeOf(app: string, layer: Layer): LayerPlace {
  if (layer.kind !== 'stored' || layer.from.registry !== herokuRegistry) return 'elsewhere';
  return layer.from.repository.startsWith(`${app}/`) ? 'app' : 'other-app';
}
