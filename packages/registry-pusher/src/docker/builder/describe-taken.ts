import type { BuildRequest, BuiltImage, BuiltLayer, PreviousImage } from '../../build/builder.ts';
import { revise } from '../../build/revision.ts';
import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import type { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';
import { imageOf, type Layer, storedLayers } from '../../image/image.ts';
import { refuseSecretIn, secretFound } from '../../build/layer/secrets.ts';
import { finalStage } from './declared.ts';
import type { TakenImage } from '../export/taken-image.ts';

export interface TakenFrom {
  readonly dockerfile: Dockerfile;
  readonly request: BuildRequest;
  readonly sourceDigest: Digest;
  /** What steps were given to mount, and may have written into the image. */
  readonly buildSecrets: readonly string[];
  readonly target?: string | undefined;
  readonly previous?: PreviousImage | undefined;
}

/** An image out of an engine as one that can be pushed: layers that the previous image has too lie in the registry already. */
export async function describeTaken(
  taken: TakenImage,
  { dockerfile, request, sourceDigest, buildSecrets, target, previous }: TakenFrom,
): Promise<Pick<BuiltImage, 'image' | 'layers'>> {
  const { secrets = [], revision } = request;
  const known = new Map((previous ? storedLayers(previous) : []).map((layer) => [layer.diffId, layer]));
  const written = new Map(layersOf(taken.config, finalStage(dockerfile, target)));
  const layers: Layer[] = [];
  const described: BuiltLayer[] = [];
  for (const [index, { diffId, layer, lookThrough }] of taken.layers.entries()) {
    const stored = known.get(diffId);
    const instruction = written.get(index);
    layers.push(stored ?? (await layer()));
    if (instruction === undefined && (stored !== undefined || buildSecrets.length === 0)) continue;
    const content = await lookThrough?.(buildSecrets);
    if (content?.secretIn !== undefined) throw secretLeft(content.secretIn, instruction);
    if (instruction === undefined) continue;
    const { text, line } = instruction;
    const told = content === undefined ? {} : { files: content.files, size: content.size };
    described.push({ instruction: text, line, sourceDigest, diffId, reused: stored !== undefined, ...told });
  }
  const config = revise(taken.config, dockerfile, revision, previous);
  refuseSecretIn(JSON.stringify(config), secrets, 'The configuration of the image, by an ENV, ARG or LABEL,');
  return { image: imageOf(config, layers), layers: described };
}

function secretLeft(path: string, instruction: Instruction | undefined): RegistryPusherError {
  const by = instruction === undefined ? '' : `, which line ${instruction.line} of the Dockerfile wrote,`;
  return secretFound(`/${path}${by}`);
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
