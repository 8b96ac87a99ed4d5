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
  /** Whether it has no layers, like `FROM scratch`. */
  readonly isEmpty: boolean;
  readonly tree: CachedFileTree<LayerTree>;
  /** Requests the compressed bytes of a layer from the registry. The lowest layer is 0. */
  readonly openLayer: (index: number) => Promise<Readable>;
}

/** Access to an image's files. */
export interface ImageFiles {
  readonly name: string;
  readonly config: ImageConfig;
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
  { name, config, openTree, openLayer }: ImageFiles,
  factsOf: (id: Digest) => ImageFacts,
): SourceImage {
  const id = filesIdOf(config);
  const isEmpty = config.rootfs.diff_ids.length === 0;
  return { id, name, isEmpty, tree: new CachedFileTree(factsOf(id), openTree), openLayer };
}

/** Returns the digest of an image's diff IDs. It identifies the image's files. */
export function filesIdOf({ rootfs }: ImageConfig): Digest {
  return digestOf(JSON.stringify(rootfs.diff_ids));
}
