import type { Readable } from 'node:stream';
import { emptyTree, type FileTree } from '../base/file-tree.ts';
import { readLayerTree } from '../base/layer-tree.ts';
import type { Base } from '../dockerfile/arguments.ts';
import { instructionUnsupported } from '../dockerfile/unsupported.ts';
import { RegistryPusherError } from '../errors.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type StoredLayer, storedLayers } from '../image/image.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { DescribedBase } from './builder.ts';

/** The part of a registry client that reads. */
export type ImageReader = Pick<RegistryClient, 'getDigest' | 'getImage' | 'readBlob'>;

/** The image that FROM names, as building on it needs it. */
export interface BaseImage {
  readonly described?: DescribedBase;
  readonly config: ImageConfig;
  readonly runConfig: RunConfig;
  readonly layers: readonly StoredLayer[];
  /** Downloads and reads all layers. */
  readonly openTree: () => Promise<FileTree>;
}

const standInLabel = 'dev.tozo.stand-in';

const scratch: BaseImage = {
  config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
  runConfig: { WorkingDir: '/' },
  layers: [],
  openTree: async () => emptyTree,
};

/**
 * Reads the base's manifest and config; its layers stay where they are until its files are asked for.
 * @throws RegistryPusherError BASE_NOT_FOUND, PLATFORM_MISSING, INSTRUCTION_UNSUPPORTED and what the registry client throws
 */
export async function readBase(
  { from, reference }: Base,
  registry: ImageReader,
  signal?: AbortSignal,
): Promise<BaseImage> {
  if (reference === 'scratch') return scratch;
  const named = withDefaultTag(reference);
  const options = signal === undefined ? {} : { signal };
  const image = await registry.getImage(named, options);
  if (image === undefined)
    throw new RegistryPusherError(
      'BASE_NOT_FOUND',
      `Dockerfile line ${from.line}: the base image ${formatImageReference(named)} does not exist, or needs credentials. Check its name and tag.`,
    );
  const runConfig = image.config.config ?? {};
  if (runConfig.OnBuild?.length)
    throw instructionUnsupported([
      {
        line: from.line,
        instruction: from.text,
        reason: `the base asks for more instructions: ONBUILD ${runConfig.OnBuild[0]}`,
      },
    ]);
  const layers = storedLayers(image);
  return {
    described: {
      reference: named,
      manifestDigest: image.manifestDigest,
      standIn: runConfig.Labels?.[standInLabel] !== undefined,
    },
    config: image.config,
    runConfig,
    layers,
    openTree: () => readTree(named, streams(layers, registry, options)),
  };
}

async function readTree(reference: ImageReference, layers: AsyncIterable<Readable>): Promise<FileTree> {
  try {
    return await readLayerTree(layers);
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    throw new RegistryPusherError(
      'MEDIA_TYPE_REFUSED',
      `A layer of the base image ${formatImageReference(reference)} is no tar file packed by gzip: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

async function* streams(layers: readonly StoredLayer[], registry: ImageReader, options: { signal?: AbortSignal }) {
  for (const { from, descriptor } of layers) yield await registry.readBlob(from, descriptor, options);
}
