import type { BuildRequest, DescribedImage, DescribedLayer, PreviousImage } from '../builders/builder.ts';
import { revise } from '../builders/revision.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { ImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { imageOf, type Layer, storedLayers } from '../image/image.ts';
import { refuseSecretIn } from '../layer/secrets.ts';
import { finalStage } from './declared.ts';
import { contentOfLayer, layerFromFile } from './layer-file.ts';
import type { SavedImage } from './saved-image.ts';

export interface SavedFrom {
  readonly dockerfile: Dockerfile;
  readonly request: BuildRequest;
  readonly sourceDigest: Digest;
  readonly target?: string | undefined;
  readonly previous?: PreviousImage | undefined;
}

/** A saved image as one that can be pushed: layers that the previous image has too lie in the registry already. */
export async function describeSaved(
  saved: SavedImage,
  { dockerfile, request, sourceDigest, target, previous }: SavedFrom,
): Promise<Pick<DescribedImage, 'image' | 'layers'>> {
  const known = new Map((previous ? storedLayers(previous) : []).map((layer) => [layer.diffId, layer]));
  const layers: Layer[] = [];
  for (const layer of saved.layers) layers.push(known.get(layer.diffId) ?? (await layerFromFile(layer)));
  const config = revise(saved.config, dockerfile, request.revision, previous);
  refuseSecretIn(
    JSON.stringify(config),
    request.secrets ?? [],
    'The configuration of the image, by an ENV, ARG or LABEL,',
  );
  const described: DescribedLayer[] = [];
  for (const { instruction, index } of layersOf(saved.config, finalStage(dockerfile, target))) {
    const layer = saved.layers[index]!;
    const { files, size } = await contentOfLayer(layer);
    const reused = layers[index]!.kind === 'stored';
    const { text, line } = instruction;
    described.push({ instruction: text, line, sourceDigest, diffId: layer.diffId, reused, files, size });
  }
  return { image: imageOf(config, layers), layers: described };
}

/** Each instruction of the final stage leaves one entry at the end of the history, whichever builder it was. */
function layersOf(
  { history = [], rootfs }: ImageConfig,
  instructions: readonly Instruction[],
): { instruction: Instruction; index: number }[] {
  const entries = history.slice(-instructions.length);
  let index = rootfs.diff_ids.length - entries.filter(({ empty_layer }) => empty_layer !== true).length;
  if (entries.length < instructions.length || index < 0) return [];
  return entries.flatMap(({ empty_layer }, at) =>
    empty_layer === true ? [] : [{ instruction: instructions[at]!, index: index++ }],
  );
}
