import { readLayerTree } from '../base/layer-tree.ts';
import { type ImageFiles, noLayers } from '../base/source-image.ts';
import type { ImageReader } from '../base-image.ts';
import type { ResolvedBase } from '../builder.ts';
import type { ImageConfig } from '../../image/config.ts';
import { type StoredLayer, storedLayers } from '../../image/image.ts';
import type { Platform } from '../../image/platform.ts';
import { requireImage } from '../../registry/pull/require-image.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
  withDefaultTag,
} from '../../image/reference.ts';

/** The base of a composed image. */
export interface ComposeBase extends ImageFiles {
  readonly config: ImageConfig;
  readonly resolved?: ResolvedBase;
  readonly layers: readonly StoredLayer[];
}

/** @throws RegistryPusherError REFERENCE_INVALID, IMAGE_NOT_FOUND, PLATFORM_MISSING and the errors of the registry client */
export async function readComposeBase(
  base: string | ImageReference,
  platform: Platform,
  registry: ImageReader,
  signal: AbortSignal | undefined,
): Promise<ComposeBase> {
  if (base === 'scratch') return createScratchBase(platform);
  const reference = withDefaultTag(typeof base === 'string' ? parseImageReference(base) : base);
  const options = { platform, ...(signal === undefined ? {} : { signal }) };
  const image = await requireImage(registry, reference, options);
  const layers = storedLayers(image);
  const openLayer = (index: number) => registry.readBlob(layers[index]!.from, layers[index]!.descriptor, options);
  return {
    name: formatImageReference(reference),
    resolved: { reference, manifestDigest: image.manifestDigest, standIn: false },
    config: image.config,
    layers,
    openTree: () => readLayerTree(layers.map((_, index) => () => openLayer(index))),
    openLayer,
  };
}

function createScratchBase(platform: Platform): ComposeBase {
  const [os = '', architecture = '', variant] = platform.split('/');
  const config: ImageConfig = {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: { WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [] },
  };
  return { name: 'scratch', config, layers: [], ...noLayers };
}
