import { type BuiltImage, formatImageReference, imageForProcess } from '@tozo/registry-pusher';
import type { DeployConfig } from '../config/schema.ts';
import type { BuildOutline, BuiltImages } from '../ports.ts';

/** Returns an image for each process type: they differ only in their commands. */
export function builtImages(
  { processes }: DeployConfig,
  { builder, reason }: BuildOutline,
  built: BuiltImage,
): BuiltImages {
  const { image, base, layers, warnings, declaresSourceDigest, sourceDigest } = built;
  return {
    builder,
    reason,
    warnings,
    declaresSourceDigest,
    sourceDigest,
    ...(base ? { base: { reference: formatImageReference(base.reference), standIn: base.standIn } } : {}),
    layers,
    images: Object.fromEntries(
      Object.entries(processes).map(([type, process]) => [type, imageForProcess(image, process?.command)]),
    ),
    [Symbol.asyncDispose]: () => built.close(),
  };
}
