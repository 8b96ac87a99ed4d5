import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { SandboxError } from '../errors.ts';
import type { PushedImage } from '../registry/image-store.ts';
import { openLayer } from './layer-source.ts';
import { applyFolderModes, LayerWriter } from './layer-writer.ts';

export type OpenBlob = (digest: string) => Readable;

/** Writes an image's layers, in order, into an empty folder. Throws IMAGE_INVALID when they are not what the image says. */
export async function unpackImage(image: PushedImage, openBlob: OpenBlob, root: string): Promise<void> {
  const diffIds = image.config.rootfs.diff_ids;
  if (diffIds.length !== image.layers.length) {
    throw new SandboxError(
      'IMAGE_INVALID',
      `the image has ${image.layers.length} layers and ${diffIds.length} diff IDs`,
    );
  }
  await mkdir(root, { recursive: true });
  const folderModes = new Map<string, number>();
  for (const [index, { digest }] of image.layers.entries()) {
    await unpackLayer(openBlob(digest), { digest, diffId: diffIds[index] ?? '' }, new LayerWriter(root, folderModes));
  }
  applyFolderModes(folderModes);
}

async function unpackLayer(
  blob: Readable,
  layer: { readonly digest: string; readonly diffId: string },
  writer: LayerWriter,
): Promise<void> {
  const { tar, verified } = openLayer(blob, layer);
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  tar.pipe(entries);
  const written = writeEntries(entries, writer, layer.digest).catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  const [writing, verification] = await Promise.allSettled([written, verified]);
  if (writing.status === 'rejected') throw writing.reason;
  if (verification.status === 'rejected') throw verification.reason;
}

async function writeEntries(entries: ReturnType<typeof extract>, writer: LayerWriter, digest: string): Promise<void> {
  try {
    for await (const entry of entries) {
      await writer.write(entry.header, entry);
      entry.resume();
    }
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    throw new SandboxError('IMAGE_INVALID', `layer ${digest} cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
