import type { Readable } from 'node:stream';
import type { ImageConfig } from '../../image/config.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { type ImageFacts, RememberingTree } from './facts.ts';
import { emptyTree } from './file-tree.ts';
import type { LayerTree } from './layer-tree.ts';
import { TreeNode } from './tree-node.ts';

/** An image whose files can be looked at and copied. */
export interface SourceImage {
  /** Over its layers' diff IDs: the same for all images with the same files. */
  readonly id: Digest;
  /** As it is named in messages. */
  readonly name: string;
  /** It has no layers: `FROM scratch`. */
  readonly isEmpty: boolean;
  readonly tree: RememberingTree<LayerTree>;
  /** The compressed bytes of one of its layers, lowest first; each call asks the registry again. */
  readonly openLayer: (index: number) => Promise<Readable>;
}

/** What of an image is needed to look at its files. */
export interface HasFiles {
  readonly name: string;
  readonly config: ImageConfig;
  /** Downloads and reads all layers. */
  readonly openTree: () => Promise<LayerTree>;
  readonly openLayer: (index: number) => Promise<Readable>;
}

/** The files of `FROM scratch`. */
export const noLayers: Pick<HasFiles, 'openTree' | 'openLayer'> = {
  openTree: async () => ({ ...emptyTree, root: new TreeNode() }),
  openLayer: async (index) => {
    throw new RangeError(`there is no layer ${index}`);
  },
};

/** @param factsOf gives what is remembered of an image's files */
export function sourceImage(
  { name, config, openTree, openLayer }: HasFiles,
  factsOf: (id: Digest) => ImageFacts,
): SourceImage {
  const id = imageFilesId(config);
  const isEmpty = config.rootfs.diff_ids.length === 0;
  return { id, name, isEmpty, tree: new RememberingTree(factsOf(id), openTree), openLayer };
}

/** Tells an image's files: the digest of its diff IDs. */
export function imageFilesId({ rootfs }: ImageConfig): Digest {
  return digestOf(JSON.stringify(rootfs.diff_ids));
}
