import type { BuildRequest, BuiltImage, BuiltLayer, PreviousImage } from '../../build/builder.ts';
import { applyVaryingLabels } from '../../build/varying-labels.ts';
import type { Instruction } from '../../build/dockerfile/instruction.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import type { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';
import { imageOf, type Layer, storedLayers } from '../../image/image.ts';
import { assertNoSecret, type FoundSecret, secretFoundError, type SecretValue } from '../../files/secrets.ts';
import { targetInstructions } from './dockerfile-stages.ts';
import type { ExportedImage } from '../export/exported-image.ts';

export interface AssembleOptions {
  readonly dockerfile: Dockerfile;
  readonly request: BuildRequest;
  readonly sourceDigest: Digest;
  /** Values that steps mounted and may have written into the image. */
  readonly buildSecrets: readonly SecretValue[];
  readonly target?: string | undefined;
  readonly previous?: PreviousImage | undefined;
}

/** Turns an exported image into one to push. Reuses the layers of the previous image, which are in the registry already. */
export async function assembleImage(
  exported: ExportedImage,
  { dockerfile, request, sourceDigest, buildSecrets, target, previous }: AssembleOptions,
): Promise<Pick<BuiltImage, 'image' | 'layers'>> {
  const { secrets = [] } = request;
  const known = new Map((previous ? storedLayers(previous) : []).map((layer) => [layer.diffId, layer]));
  const instructions = new Map(pairLayers(exported.config, targetInstructions(dockerfile, target)));
  const layers: Layer[] = [];
  const built: BuiltLayer[] = [];
  for (const [index, { diffId, layer, scan }] of exported.layers.entries()) {
    const stored = known.get(diffId);
    const instruction = instructions.get(index);
    layers.push(stored === undefined ? await layer() : { ...stored, remake: layer });
    if (instruction === undefined && (stored !== undefined || buildSecrets.length === 0)) continue;
    const content = await scan?.(buildSecrets);
    if (content?.secret !== undefined) throw leftSecretError(content.secret, instruction);
    if (instruction === undefined) continue;
    const { text, line } = instruction;
    const counts = content === undefined ? {} : { files: content.files, size: content.size };
    built.push({ instruction: text, line, sourceDigest, diffId, reused: stored !== undefined, ...counts });
  }
  const config = applyVaryingLabels(exported.config, dockerfile, request, previous);
  assertNoSecret(JSON.stringify(config), secrets, 'The image config (from ENV, ARG or LABEL)');
  return { image: imageOf(config, layers), layers: built };
}

function leftSecretError({ path, secret }: FoundSecret, instruction: Instruction | undefined): RegistryPusherError {
  const by = instruction === undefined ? '' : ` (written by Dockerfile line ${instruction.line})`;
  return secretFoundError(`${path}${by}`, secret);
}

/** Pairs layers with instructions: both builders append one history entry for each instruction of the target stage. */
function pairLayers(
  { history = [], rootfs }: ImageConfig,
  instructions: readonly Instruction[],
): [index: number, instruction: Instruction][] {
  const entries = history.slice(-instructions.length);
  let index = rootfs.diff_ids.length - entries.filter(({ empty_layer }) => empty_layer !== true).length;
  if (entries.length < instructions.length || index < 0) return [];
  return entries.flatMap(({ empty_layer }, at) => (empty_layer === true ? [] : [[index++, instructions[at]!]]));
}
