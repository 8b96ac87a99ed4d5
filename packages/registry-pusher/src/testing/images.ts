import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import { type Image, imageOf, type Layer, type UncompressedLayer } from '../image/image.ts';
import type { MemoryRegistry } from './registry.ts';

/** Returns a layer of any bytes. Registries don't check the content. */
export function layerOf(content: string | Buffer): UncompressedLayer {
  const bytes = Buffer.from(content);
  return { kind: 'tar', diffId: digestOf(bytes), tar: () => Readable.from([bytes]) };
}

/** Returns a random layer with a compressed size of about `size` bytes. */
export function incompressible(size: number): UncompressedLayer {
  return layerOf(randomBytes(size));
}

/** Returns a layer of zeros that needs no memory. */
export function zeros(size: number): UncompressedLayer {
  const chunk = Buffer.alloc(1024 * 1024);
  function* chunks() {
    for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
  }
  const hash = createHash('sha256');
  for (const part of chunks()) hash.update(part);
  return { kind: 'tar', diffId: `sha256:${hash.digest('hex')}`, tar: () => Readable.from(chunks()) };
}

export function imageFrom(...layers: Layer[]): Image {
  return imageOf(
    {
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['node', 'main.js'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    },
    layers,
  );
}

/** Returns one frame with one raw block. @see RFC 8878, 3.1.1 */
function zstdOf(content: string): Buffer {
  const bytes = Buffer.from(content);
  const blockHeader = Buffer.alloc(4);
  blockHeader.writeUInt32LE(1 | (bytes.length << 3));
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length]), blockHeader.subarray(0, 3), bytes]);
}

const compressors: Readonly<Record<string, (content: string) => Buffer>> = {
  [mediaTypes.ociLayer]: (content) => Buffer.from(content),
  [mediaTypes.ociLayerZstd]: zstdOf,
};

/** Puts an OCI image into a registry, like a base image on Docker Hub. */
export function putOciImage(
  registry: MemoryRegistry,
  repository: string,
  tag: string,
  {
    contents = ['base layer'],
    architecture = 'amd64',
    layerType = mediaTypes.ociLayerGzip,
    configType = mediaTypes.ociConfig,
  }: { contents?: readonly string[]; architecture?: string; layerType?: string; configType?: string } = {},
) {
  const layers = contents.map((content) => {
    const compressed = compressors[layerType]?.(content) ?? gzipSync(content);
    return { mediaType: layerType, size: compressed.length, digest: registry.putBlob(repository, compressed) };
  });
  const diff_ids = contents.map((content) => digestOf(content));
  const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids } }));
  const digest = registry.putBlob(repository, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: configType, size: config.length, digest },
    layers,
  };
  const manifestDigest = registry.putManifest(repository, tag, mediaTypes.ociManifest, manifest);
  return { manifest, manifestDigest, imageId: digest };
}
