import { type BuiltImages, type Digest, herokuRegistry, type Image } from '../ports.ts';
import type { PlannedImage, PlannedPush } from './plan.ts';

/**
 * Returns what a push of the missing images sends and reuses, counted as the push itself counts: process types share their
 * layers, so the first image's push sends them, and the others reuse them and send a config of their own. A layer that isn't
 * compressed yet counts with its files' bytes.
 * @param app its repositories contain the layers of earlier deploys
 * @param stored the digests of layers that the app's repositories have, wherever the build took them from
 */
export function planPush(
  app: string,
  { images, layers }: BuiltImages,
  planned: readonly PlannedImage[],
  stored: ReadonlySet<Digest> = new Set(),
): PlannedPush {
  const missing = planned.flatMap(({ type, pushed }) => (pushed ? [] : (images[type] ?? [])));
  const sizes = new Map(layers.map(({ diffId, size }) => [diffId, size]));
  const sizeOf = (layer: Layer): number => bytesOf(layer) ?? sizes.get(layer.diffId) ?? 0;
  const all = missing.flatMap((image) => image.layers);
  const distinct = [...new Map(all.map((layer) => [layer.diffId, layer])).values()];
  const total = (wanted: LayerPlace): { layers: number; bytes: number } => {
    const found = distinct.filter((layer) => placeOf(app, layer, stored) === wanted);
    return { layers: found.length, bytes: sum(found.map(sizeOf)) };
  };
  const [sent, reused, mountable] = [total('elsewhere'), total('app'), total('other-app')];
  const shared = sum(all.map(sizeOf)) - sum(distinct.map(sizeOf));
  return {
    sentLayers: sent.layers,
    sentBytes: sent.bytes + sum(missing.map(({ configBytes }) => configBytes.byteLength)),
    reusedLayers: reused.layers,
    reusedBytes: reused.bytes + shared,
    ...(mountable.layers > 0 ? { mountable } : {}),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

type LayerPlace = 'app' | 'other-app' | 'elsewhere';

type Layer = Image['layers'][number];

function bytesOf(layer: Layer): number | undefined {
  if (layer.kind === 'stored') return layer.descriptor.size;
  return layer.kind === 'blob' ? layer.blob.descriptor.size : undefined;
}

function placeOf(app: string, layer: Layer, stored: ReadonlySet<Digest>): LayerPlace {
  if (layer.kind !== 'stored') return 'elsewhere';
  if (stored.has(layer.descriptor.digest)) return 'app';
  if (layer.from.registry !== herokuRegistry) return 'elsewhere';
  return layer.from.repository.startsWith(`${app}/`) ? 'app' : 'other-app';
}
