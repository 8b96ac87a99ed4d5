import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Headers, pack } from 'tar-stream';
import { Readable } from 'node:stream';
import type { PushedImage } from '../registry/image-store.ts';

export type LayerEntry = Partial<Headers> & { readonly name: string; readonly content?: string };

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Returns a tar of the entries, valid or not. */
export async function tarOfEntries(entries: readonly LayerEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return await buffer(archive);
}

export interface TestImage {
  readonly manifest: Buffer;
  readonly manifestDigest: string;
  readonly imageId: string;
  /** Config and layers by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** The image as a registry returns it. */
  readonly pushed: PushedImage;
  readonly openBlob: (digest: string) => Readable;
}

export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** Creates a Docker schema 2 image for linux/amd64 from the entries of its layers. */
export async function imageOf(
  layers: readonly (readonly LayerEntry[])[],
  config: Record<string, unknown> = {},
  overrides: Record<string, unknown> = {},
): Promise<TestImage> {
  const tars = await Promise.all(layers.map(async (entries) => await tarOfEntries(entries)));
  const zipped = tars.map((tar) => gzipSync(tar));
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
      ...overrides,
    }),
  );
  const imageId = sha256(configBytes);
  const descriptors = zipped.map((bytes) => ({
    mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    digest: sha256(bytes),
    size: bytes.length,
  }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: dockerManifest,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        digest: imageId,
        size: configBytes.length,
      },
      layers: descriptors,
    }),
  );
  const blobs = new Map([configBytes, ...zipped].map((bytes) => [sha256(bytes), bytes]));
  const manifestDigest = sha256(manifest);
  return {
    manifest,
    manifestDigest,
    imageId,
    blobs,
    pushed: {
      manifestDigest,
      layers: descriptors.map(({ digest, size }) => ({ digest, size })),
      config: JSON.parse(configBytes.toString()) as PushedImage['config'],
    },
    openBlob: (digest) => Readable.from([blobs.get(digest) ?? Buffer.alloc(0)]),
  };
}
