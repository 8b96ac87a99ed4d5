import type { Readable } from 'node:stream';
import { type LayerTree, readLayerTree } from './base/layer-tree.ts';
import { type ImageFiles, noLayers } from './base/source-image.ts';
import type { FromInstruction, InstructionSource } from './dockerfile/instruction.ts';
import { instructionUnsupportedError } from './dockerfile/errors.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { ImageConfig, RunConfig } from '../image/config.ts';
import { type StoredLayer, storedLayers } from '../image/image.ts';
import { formatImageReference, type ImageReference, withDefaultTag } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import type { ResolvedBase } from './builder.ts';
import type { KeptLayers } from './kept-layers.ts';

/** The part of a registry client that reads. */
export type ImageReader = Pick<RegistryClient, 'getDigest' | 'getImage' | 'readBlob'>;

/** An image of FROM or `COPY --from`. */
export interface ReadImage extends ImageFiles {
  readonly config: ImageConfig;
  readonly resolved?: ResolvedBase;
  readonly runConfig: RunConfig;
  readonly layers: readonly StoredLayer[];
}

const standInLabel = 'dev.tozo.stand-in';

/** Whether an image is made on the sandbox's small stand-in, which lacks most programs of the real base. */
export function isStandIn({ Labels }: RunConfig): boolean {
  return Labels?.[standInLabel] !== undefined;
}

const emptyConfig: ImageConfig = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
export const scratch: ReadImage = {
  name: 'scratch',
  config: emptyConfig,
  runConfig: { WorkingDir: '/' },
  layers: [],
  ...noLayers,
};

/**
 * Reads an image's manifest and config. Reads its layers only when its files are needed.
 * @param instruction the one that names it
 * @param kept keeps the layers when they are read
 * @throws RegistryPusherError BASE_NOT_FOUND, PLATFORM_MISSING and the errors of the registry client
 */
export async function readImage(
  reference: ImageReference,
  { line, text }: InstructionSource,
  registry: ImageReader,
  signal?: AbortSignal,
  kept?: KeptLayers,
): Promise<ReadImage> {
  const named = withDefaultTag(reference);
  const name = formatImageReference(named);
  const options = signal === undefined ? {} : { signal };
  const image = await registry.getImage(named, options);
  if (image === undefined)
    throw new RegistryPusherError(
      'BASE_NOT_FOUND',
      `Dockerfile line ${line}: the ${/^from\s/i.test(text) ? 'base ' : ''}image ${name} doesn't exist or requires credentials. Check its name and tag.`,
    );
  const runConfig = image.config.config ?? {};
  const layers = storedLayers(image);
  const openLayer = async (index: number) => {
    const { from, descriptor } = layers[index]!;
    const copy = kept?.open(descriptor);
    if (copy !== undefined) return copy;
    const bytes = await registry.readBlob(from, descriptor, options);
    return kept?.keep(descriptor, bytes) ?? bytes;
  };
  return {
    name,
    resolved: {
      reference: named,
      manifestDigest: image.manifestDigest,
      standIn: isStandIn(runConfig),
    },
    config: image.config,
    runConfig,
    layers,
    openTree: () =>
      readTree(
        name,
        layers.map((_, index) => () => openLayer(index)),
      ),
    openLayer,
  };
}

/** @throws RegistryPusherError INSTRUCTION_UNSUPPORTED for a base with ONBUILD triggers */
export function assertNoTriggers({ line, text }: FromInstruction, { runConfig }: ReadImage): void {
  const [trigger] = runConfig.OnBuild ?? [];
  if (trigger !== undefined)
    throw instructionUnsupportedError([
      { line, instruction: text, reason: `the base has a trigger: ONBUILD ${trigger}` },
    ]);
}

async function readTree(name: string, layers: readonly (() => Promise<Readable>)[]): Promise<LayerTree> {
  try {
    return await readLayerTree(layers);
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    throw new RegistryPusherError(
      'MEDIA_TYPE_REFUSED',
      `A layer of the image ${name} can't be read: ${(error as Error).message}. Push that image again or use another.`,
      { cause: error },
    );
  }
}
