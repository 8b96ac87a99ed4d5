import { type Blob, blobOf } from './blob.ts';
import { type Descriptor, mediaTypes } from './descriptor.ts';

/**
 * The media types to use: Docker schema 2 or OCI. The blobs are the same. All current registries accept Docker's;
 * registry.heroku.com accepts nothing else. @see manifest-v2-2; OCI image-spec, manifest.md
 */
export type ManifestFormat = 'docker' | 'oci';

/** An image's manifest: its config and its layers, lowest first. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaTypes.dockerManifest | typeof mediaTypes.ociManifest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** OCI only. @see OCI image-spec, annotations.md */
  readonly annotations?: Readonly<Record<string, string>>;
}

const mediaTypesOf = {
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: mediaTypes.dockerConfig,
    layer: mediaTypes.dockerLayerGzip,
  },
  oci: { manifest: mediaTypes.ociManifest, config: mediaTypes.ociConfig, layer: mediaTypes.ociLayerGzip },
} as const;

type Content = Pick<Descriptor, 'size' | 'digest'>;

export function layerDescriptor(format: ManifestFormat, { size, digest }: Content): Descriptor {
  return { mediaType: mediaTypesOf[format].layer, size, digest };
}

/** Returns an image's manifest as it is sent: the same parts always have the same bytes. */
export function manifestBlob(
  format: ManifestFormat,
  { size, digest }: Content,
  layers: readonly Content[],
  annotations: Manifest['annotations'],
): Blob {
  const mediaType = mediaTypesOf[format];
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: { mediaType: mediaType.config, size, digest },
    layers: layers.map((layer) => layerDescriptor(format, layer)),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return blobOf(manifest.mediaType, Buffer.from(JSON.stringify(manifest)));
}
