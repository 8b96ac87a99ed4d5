import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, type Headers } from 'tar-stream';
import type { BuiltImage } from '../build/builder.ts';
import type { Layer } from '../image/image.ts';
import { decompress } from '../tar/decompress.ts';

/** A tar entry from a reader other than the one under test. */
export interface LayerFile extends Headers {
  readonly content: string;
}

export async function readFiles(tar: Readable): Promise<LayerFile[]> {
  const reader = extract();
  pipeline(tar, reader as unknown as NodeJS.WritableStream).catch(() => undefined);
  const files: LayerFile[] = [];
  for await (const entry of reader) files.push({ ...entry.header, content: (await buffer(entry)).toString('utf8') });
  return files;
}

/** Lists the new layers of an image, each as lines such as `-644 0:0 app/main.js`, `d755 0:0 app/` and `l777 0:0 link -> target`; `h` is a hard link. */
export async function listing(image: BuiltImage): Promise<string[][]> {
  return Promise.all(
    image.image.layers
      .filter(({ kind }) => kind !== 'stored')
      .map(async (layer) => (await readFiles(openTar(layer))).map(lineOf)),
  );
}

/** Returns the tar file of a layer that is here. */
export function openTar(layer: Layer): Readable {
  if (layer.kind === 'tar') return layer.tar();
  if (layer.kind === 'blob') return Readable.from(decompress(layer.blob.open()), { objectMode: false });
  throw new Error(`the layer ${layer.diffId} is stored in a registry`);
}

function lineOf({ name, type, mode = 0, uid = 0, gid = 0, linkname }: LayerFile): string {
  const kind = { directory: 'd', symlink: 'l', link: 'h' }[type as string] ?? '-';
  return `${kind}${mode.toString(8)} ${uid}:${gid} ${name}${linkname ? ` -> ${linkname}` : ''}`;
}
