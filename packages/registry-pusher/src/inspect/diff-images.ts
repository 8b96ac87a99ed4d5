import type { Readable } from 'node:stream';
import { abortOnFailure } from '../abort-on-failure.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { Digest } from '../image/digest.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../image/image.ts';
import type { ImageReference } from '../image/reference.ts';
import type { GetImageOptions, RegistryClient } from '../registry/client/client.ts';
import { type ConfigChange, diffConfigs } from './diff-configs.ts';
import { type Aspect, diffStates, type FileState } from '../tar/file-state.ts';
import { type LayerChanges, readLayerChanges } from '../tar/layer-changes.ts';
import { MergedTree } from './merged-tree.ts';
import { requireImage } from '../registry/pull/require-image.ts';

/** A path at which two images differ. `aspects` lists what differs if both have a file there. */
export type FileChange =
  | { readonly change: 'added'; readonly path: string; readonly after: FileState }
  | {
      readonly change: 'changed';
      readonly path: string;
      readonly aspects: readonly Aspect[];
      readonly before: FileState;
      readonly after: FileState;
    }
  | { readonly change: 'gone'; readonly path: string; readonly before: FileState };

/** The difference between two images. Ignores file times. */
export interface ImageDiff {
  readonly from: { readonly reference: ImageReference; readonly manifestDigest: Digest; readonly imageId: Digest };
  readonly to: { readonly reference: ImageReference; readonly manifestDigest: Digest; readonly imageId: Digest };
  /** Sorted by path. */
  readonly files: readonly FileChange[];
  readonly config: readonly ConfigChange[];
  readonly layers: { readonly shared: number; readonly read: number };
}

/**
 * Compares the files that containers of two images see, and the configs. Streams each layer at most once. Skips the lowest
 * layers that both images share, unless a file above them must be compared with one of theirs.
 * @throws RegistryPusherError IMAGE_NOT_FOUND and the errors of the registry client
 */
export async function diffImages(
  registry: Pick<RegistryClient, 'getImage' | 'readBlob'>,
  from: ImageReference,
  to: ImageReference,
  options: GetImageOptions = {},
): Promise<ImageDiff> {
  return abortOnFailure(options.signal, (signal) => compareImages(registry, from, to, { ...options, signal }));
}

async function compareImages(
  registry: Pick<RegistryClient, 'getImage' | 'readBlob'>,
  from: ImageReference,
  to: ImageReference,
  options: GetImageOptions,
): Promise<ImageDiff> {
  const [a, b] = await Promise.all([from, to].map((reference) => requireImage(registry, reference, options)));
  const [layersA, layersB] = [storedLayers(a!), storedLayers(b!)];
  const shared = countSharedLayers(layersA, layersB);
  const reader = new LayerReader((layer) => registry.readBlob(layer.from, layer.descriptor, options));
  const [treeA, treeB] = await mergeTrees(layersA, layersB, shared, reader);
  return {
    from: { reference: from, ...identityOf(a!) },
    to: { reference: to, ...identityOf(b!) },
    files: diffTrees(treeA, treeB),
    config: diffConfigs(a!.config, b!.config),
    layers: { shared, read: reader.count },
  };
}

function identityOf({ manifestDigest, imageId }: RemoteImage): Pick<RemoteImage, 'manifestDigest' | 'imageId'> {
  return { manifestDigest, imageId };
}

/** Counts the lowest layers that both images share. */
function countSharedLayers(a: readonly StoredLayer[], b: readonly StoredLayer[]): number {
  const different = a.findIndex(({ diffId }, index) => diffId !== b[index]?.diffId);
  return different < 0 ? a.length : different;
}

/**
 * Skips the shared layers if the layers above them decide the same paths in both images. Each file below is then hidden in both
 * images or visible in both.
 */
async function mergeTrees(
  a: readonly StoredLayer[],
  b: readonly StoredLayer[],
  shared: number,
  reader: LayerReader,
): Promise<[MergedTree, MergedTree]> {
  const above = await Promise.all([a, b].map((layers) => merge(layers.slice(shared), reader)));
  const [treeA, treeB] = above as [MergedTree, MergedTree];
  if (isEqual(treeA.touched, treeB.touched) && isEqual(treeA.hiding, treeB.hiding)) return [treeA, treeB];
  return [await merge(a, reader), await merge(b, reader)];
}

async function merge(layers: readonly StoredLayer[], reader: LayerReader): Promise<MergedTree> {
  const tree = new MergedTree();
  for (const layer of layers) tree.apply(await reader.read(layer));
  return tree;
}

function isEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

/** Reads each layer once. */
class LayerReader {
  readonly #open: (layer: StoredLayer) => Promise<Readable>;
  readonly #read = new Map<Digest, Promise<LayerChanges>>();

  constructor(open: (layer: StoredLayer) => Promise<Readable>) {
    this.#open = open;
  }

  get count(): number {
    return this.#read.size;
  }

  read(layer: StoredLayer): Promise<LayerChanges> {
    const known = this.#read.get(layer.diffId) ?? this.#open(layer).then((bytes) => readChanges(bytes, layer));
    this.#read.set(layer.diffId, known);
    return known;
  }
}

async function readChanges(bytes: Readable, { descriptor }: StoredLayer): Promise<LayerChanges> {
  try {
    return await readLayerChanges(bytes);
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    const message = `The layer ${descriptor.digest} can't be read: ${(error as Error).message}. Push that image again or compare another.`;
    throw new RegistryPusherError('MEDIA_TYPE_REFUSED', message, { cause: error });
  }
}

function diffTrees(a: MergedTree, b: MergedTree): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, before] of a.entries()) {
    const after = b.get(path);
    const aspects = after === undefined ? [] : diffStates(before, after);
    if (after === undefined) changes.push({ change: 'gone', path, before });
    else if (aspects.length > 0) changes.push({ change: 'changed', path, aspects, before, after });
  }
  for (const [path, after] of b.entries())
    if (a.get(path) === undefined) changes.push({ change: 'added', path, after });
  return changes.sort((one, other) => (one.path < other.path ? -1 : 1));
}
