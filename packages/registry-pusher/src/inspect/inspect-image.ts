import type { HistoryEntry, RunConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import type { RemoteImage } from '../image/image.ts';
import { type Platform, platformName } from '../image/platform.ts';
import { parseRecord } from '../build/layer/layer-record.ts';
import type { ImageReference } from '../image/reference.ts';
import type { GetImageOptions, RegistryClient } from '../registry/client/client.ts';
import { requireImage } from '../registry/pull/require-image.ts';

/** One layer of an image in a registry. */
export interface InspectedLayer {
  /** 1-based, lowest first. */
  readonly position: number;
  /** Compressed, in bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly diffId: Digest;
  /** The instruction that created it, if the history contains it. */
  readonly createdBy?: string;
  /** The number of files and their uncompressed size, for layers built by this package. */
  readonly content?: { readonly files: number; readonly size: number };
}

/** An image's manifest and config, without its layers' content. */
export interface InspectedImage {
  readonly reference: ImageReference;
  readonly manifestDigest: Digest;
  readonly imageId: Digest;
  readonly platform: Platform;
  /** An RFC 3339 time. */
  readonly created?: string;
  /** All layers and the config, compressed, in bytes. */
  readonly size: number;
  readonly config: RunConfig;
  /** Lowest first. */
  readonly layers: readonly InspectedLayer[];
}

/**
 * Reads an image's manifest and config, and pairs its layers with the instructions that created them. Downloads no layers.
 * @throws RegistryPusherError IMAGE_NOT_FOUND and the errors of the registry client
 */
export async function inspectImage(
  registry: Pick<RegistryClient, 'getImage'>,
  reference: ImageReference,
  options: GetImageOptions = {},
): Promise<InspectedImage> {
  const image = await requireImage(registry, reference, options);
  const { manifestDigest, manifest, imageId, config } = image;
  return {
    reference,
    manifestDigest,
    imageId,
    platform: platformName(config),
    ...(config.created === undefined ? {} : { created: config.created }),
    size: [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
    config: config.config ?? {},
    layers: inspectLayers(image),
  };
}

/** Pairs layers and history entries from the end, because a base may have fewer entries than layers. */
function inspectLayers({ manifest, config }: RemoteImage): InspectedLayer[] {
  const entries = (config.history ?? []).filter(({ empty_layer }) => empty_layer !== true);
  return manifest.layers.map(({ size, digest }, index) => ({
    position: index + 1,
    size,
    digest,
    diffId: config.rootfs.diff_ids[index]!,
    ...originOf(entries[entries.length - manifest.layers.length + index]),
  }));
}

function originOf(entry: HistoryEntry | undefined): Pick<InspectedLayer, 'createdBy' | 'content'> {
  const record = entry && parseRecord(entry);
  return {
    ...(entry?.created_by === undefined ? {} : { createdBy: entry.created_by }),
    ...(record === undefined ? {} : { content: { files: record.files, size: record.size } }),
  };
}
