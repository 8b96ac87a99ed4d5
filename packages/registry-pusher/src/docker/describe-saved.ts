import type { BuildRequest, DescribedImage, DescribedLayer, PreviousImage } from '../builders/builder.ts';
import { revise } from '../builders/revision.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { ImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import { imageOf, type Layer, storedLayers } from '../image/image.ts';
import { refuseSecretIn, secretFound } from '../layer/secrets.ts';
import { finalStage } from './declared.ts';
import { contentOfLayer, layerFromFile } from './layer-file.ts';
import type { SavedImage } from './saved-image.ts';

export interface SavedFrom {
  readonly dockerfile: Dockerfile;
  readonly request: BuildRequest;
  readonly sourceDigest: Digest;
  /** What steps were given to mount, and may have written into the image. */
  readonly buildSecrets: readonly string[];
  readonly target?: string | undefined;
  readonly previous?: PreviousImage | undefined;
}

/** A saved image as one that can be pushed: layers that the previous image has too lie in the registry already. */
export async function describeSaved(
  saved: SavedImage,
  { dockerfile, request, sourceDigest, buildSecrets, target, previous }: SavedFrom,
): Promise<Pick<DescribedImage, 'image' | 'layers'>> {
  const { secrets = [], revision } = request;
  const known = new Map((previous ? storedLayers(previous) : []).map((layer) => [layer.diffId, layer]));
  const written = new Map(layersOf(saved.config, finalStage(dockerfile, target)));
  const layers: Layer[] = [];
  const described: DescribedLayer[] = [];
  for (const [index, layer] of saved.layers.entries()) {
    const stored = known.get(layer.diffId);
    const instruction = written.get(index);
    layers.push(stored ?? (await layerFromFile(layer)));
    if (instruction === undefined && (stored !== undefined || buildSecrets.length === 0)) continue;
    const content = await contentOfLayer(layer, buildSecrets, (path) => {
      const by = instruction === undefined ? '' : `, which line ${instruction.line} of the Dockerfile wrote,`;
      throw secretFound(`/${path}${by}`);
    });
    if (instruction === undefined) continue;
    const { text, line } = instruction;
    const reused = stored !== undefined;
    described.push({ instruction: text, line, sourceDigest, diffId: layer.diffId, reused, ...content });
  }
  const config = revise(saved.config, dockerfile, revision, previous);
  refuseSecretIn(JSON.stringify(config), secrets, 'The configuration of the image, by an ENV, ARG or LABEL,');
  return { image: imageOf(config, layers), layers: described };
}

/** Each instruction of the final stage leaves one entry at the end of the history, whichever builder it was. */
function layersOf(
  { history = [], rootfs }: ImageConfig,
  instructions: readonly Instruction[],
): [index: number, instruction: Instruction][] {
  const entries = history.slice(-instructions.length);
  let index = rootfs.diff_ids.length - entries.filter(({ empty_layer }) => empty_layer !== true).length;
  if (entries.length < instructions.length || index < 0) return [];
  return entries.flatMap(({ empty_layer }, at) => (empty_layer === true ? [] : [[index++, instructions[at]!]]));
}
