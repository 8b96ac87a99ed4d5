import { type Descriptor, mediaTypes } from './descriptor.ts';

/**
 * Whose names a manifest, its config and its layers have: Docker's schema 2, or OCI's. The blobs are the same. Every registry of
 * today takes Docker's, registry.heroku.com takes nothing else. @see manifest-v2-2; OCI image-spec, manifest.md
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

type Blob = Pick<Descriptor, 'size' | 'digest'>;

export function layerDescriptor(format: ManifestFormat, { size, digest }: Blob): Descriptor {
  return { mediaType: mediaTypesOf[format].layer, size, digest };
}

/** Written as JSON, it always has the same bytes. */
export function manifestOf(
  format: ManifestFormat,
  { size, digest }: Blob,
  layers: readonly Blob[],
  annotations: Manifest['annotations'],
): Manifest {
  const { manifest, config } = mediaTypesOf[format];
  return {
    schemaVersion: 2,
    mediaType: manifest,
    config: { mediaType: config, size, digest },
    layers: layers.map((layer) => layerDescriptor(format, layer)),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
