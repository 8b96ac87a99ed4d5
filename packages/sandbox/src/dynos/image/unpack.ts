import { mkdir } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { PushedImage } from '../../registry/image-store.ts';
import type { LayerName, LayerStore, StoredLayer } from './layer-store.ts';
import { applyDirectoryModes, LayerWriter } from './layer-writer.ts';

/** How many entries to write before yielding to other work. */
const entriesAtOnce = 200;

/** Returns an image's layers from the lowest up. Throws IMAGE_INVALID when its manifest and config disagree. */
export function layersOf({ layers, config }: PushedImage): LayerName[] {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== layers.length) {
    throw new SandboxError('IMAGE_INVALID', `the image has ${layers.length} layers and ${diffIds.length} diff IDs`);
  }
  return layers.map(({ digest }, index) => ({ digest, diffId: diffIds[index] ?? '' }));
}

/**
 * Unpacks an image's layers, in order, into an empty directory. The files are links into the store: never write to them.
 *
 * @throws SandboxError IMAGE_INVALID when the layers don't match the image
 */
export async function unpackImage(image: PushedImage, store: LayerStore, root: string): Promise<void> {
  const names = layersOf(image);
  const stored = await allOf(names.map(async (layer) => await store.get(layer)));
  await mkdir(root, { recursive: true });
  const directoryModes = new Map<string, number>();
  for (const [index, layer] of stored.entries()) {
    await writeLayer(layer, names[index]?.digest ?? '', new LayerWriter(root, layer, directoryModes));
  }
  applyDirectoryModes(directoryModes);
}

async function writeLayer({ entries }: StoredLayer, digest: string, writer: LayerWriter): Promise<void> {
  try {
    for (const [index, entry] of entries.entries()) {
      if (index % entriesAtOnce === entriesAtOnce - 1) await turn();
      writer.write(entry);
    }
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    throw new SandboxError('IMAGE_INVALID', `layer ${digest} can't be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Like Promise.all, but waits for all promises before it rejects. */
async function allOf<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
