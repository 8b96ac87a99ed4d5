import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Headers, pack } from 'tar-stream';
import { Readable } from 'node:stream';
import type { PushedImage } from '../registry/image-store.ts';

export type LayerEntry = Partial<Headers> & { readonly name: string; readonly content?: string };

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A tar of the entries as they are given, sound or not. */
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
  /** As a registry finds it, for whoever needs no registry. */
  readonly pushed: PushedImage;
  readonly openBlob: (digest: string) => Readable;
}

export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** A Docker schema 2 image for linux/amd64 of the given layers, each a list of entries or the bytes of a blob's tar. */
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
