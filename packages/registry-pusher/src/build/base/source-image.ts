import type { Readable } from 'node:stream';
import type { ImageConfig } from '../../image/config.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { type ImageFacts, CachedFileTree } from './facts.ts';
import { emptyTree } from './file-tree.ts';
import type { LayerTree } from './layer-tree.ts';
import { TreeNode } from './tree-node.ts';

/** An image to copy files from or build on. */
export interface SourceImage {
  /** The digest of its layers' diff IDs, the same for all images with the same files. */
  readonly id: Digest;
  /** Its name in messages. */
  readonly name: string;
  readonly layerCount: number;
  /** Whether it has no layers, like `FROM scratch`. */
  readonly isEmpty: boolean;
  /** Whether it's a stage after a RUN, and not an image that the Dockerfile names. */
  readonly isExecuted: boolean;
  readonly tree: CachedFileTree<LayerTree>;
  /** Requests the compressed bytes of a layer from the registry. The lowest layer is 0. */
  readonly openLayer: (index: number) => Promise<Readable>;
}

/** Access to an image's files. */
export interface ImageFiles {
  readonly name: string;
  readonly config: Pick<ImageConfig, 'rootfs'>;
  readonly isExecuted?: boolean;
  /** Downloads and reads all layers. */
  readonly openTree: () => Promise<LayerTree>;
  readonly openLayer: (index: number) => Promise<Readable>;
}

/** The files of `FROM scratch`. */
export const noLayers: Pick<ImageFiles, 'openTree' | 'openLayer'> = {
  openTree: async () => ({ ...emptyTree, root: new TreeNode() }),
  openLayer: async (index) => {
    throw new RangeError(`no layer ${index}`);
  },
};

/** @param factsOf returns the known facts of an image */
export function createSourceImage(
  { name, config, isExecuted = false, openTree, openLayer }: ImageFiles,
  factsOf: (id: Digest) => ImageFacts,
): SourceImage {
  const id = filesIdOf(config);
  const layerCount = config.rootfs.diff_ids.length;
  return {
    id,
    name,
    layerCount,
    isEmpty: layerCount === 0,
    isExecuted,
    tree: new CachedFileTree(factsOf(id), openTree),
    openLayer,
  };
}

/** Returns the digest of an image's diff IDs. It identifies the image's files. */
export function filesIdOf({ rootfs }: Pick<ImageConfig, 'rootfs'>): Digest {
  return digestOf(JSON.stringify(rootfs.diff_ids));
}
