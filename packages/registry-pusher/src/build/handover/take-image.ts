import { TemporaryFiles } from '../../files/temporary-files.ts';
import { readTextFile } from '../../files/read-text-file.ts';
import type { Digest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { imageOf, type RemoteImage, storedLayers } from '../../image/image.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuildOptions, BuildRequest, BuiltImage, BuiltLayer } from '../builder.ts';
import { declaresArg } from '../dockerfile/arguments.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { planStages } from '../dockerfile/stages.ts';
import { KeptLayers } from '../kept-layers.ts';
import { parseRecord } from '../layer/layer-record.ts';
import { assertNoSecret } from '../../files/secrets.ts';
import { type LockMode, openBaseLock } from '../lock/base-lock.ts';
import { settlePrevious } from '../previous-image.ts';
import { applyVaryingLabels } from '../varying-labels.ts';
import { type ImageLimits, verifyImage } from './verify-image.ts';

/** An image that another job built, as that job describes it. Nothing of it is believed. */
export interface HandedOver {
  /** Where it is: a registry's repository or an OCI layout, with the manifest's digest. */
  readonly from: ImageReference & { readonly digest: Digest };
  /** The value of `ARG SOURCE_DIGEST`. */
  readonly sourceDigest: Digest;
}

export interface TakeImageOptions extends BuildOptions {
  readonly registry: ImageReader;
  readonly lock?: LockMode;
  readonly limits?: ImageLimits;
}

/**
 * Takes an image that another job built from the same Dockerfile, in place of building it. Executes nothing. Verifies the image,
 * and labels it with the commit as a build would.
 * @throws RegistryPusherError IMAGE_NOT_FOUND, IMAGE_REFUSED, DIGEST_MISMATCH, DOCKERFILE_*, LOCK_INVALID, and the errors of the
 * registry client
 */
export async function takeImage(
  request: BuildRequest,
  handed: HandedOver,
  options: TakeImageOptions,
): Promise<BuiltImage> {
  const files = new TemporaryFiles();
  try {
    return await take(request, handed, options, files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function take(
  request: BuildRequest,
  { from, sourceDigest }: HandedOver,
  { registry, lock: use = 'use', limits, signal, ...building }: TakeImageOptions,
  files: TemporaryFiles,
): Promise<BuiltImage> {
  const name = formatImageReference(from);
  const read = signal === undefined ? {} : { signal };
  const dockerfile = parseDockerfile(await readTextFile(request.dockerfile));
  const { chain } = planStages(dockerfile, { ...request, buildContexts: {} });
  const { base: named } = chain[0]!;
  const lock = await openBaseLock(request.dockerfile, use, registry);
  const [image, base, { pushed, warnings }] = await Promise.all([
    registry.getImage(from, read),
    named.kind === 'image' ? (lock.reader ?? registry).getImage(named.reference, read) : undefined,
    settlePrevious(building),
  ]);
  if (image === undefined) throw goneError(name);
  const kept = new KeptLayers(files);
  const isPinned = named.kind !== 'image' || named.reference.digest !== undefined || (lock.reader?.pins.size ?? 0) > 0;
  await verifyImage(image, name, {
    open: async ({ descriptor, from: place }) =>
      kept.keep(descriptor, await registry.readBlob(place, descriptor, read)),
    base: isPinned ? base : undefined,
    known: [base, pushed].filter((each) => each !== undefined),
    secrets: request.secrets ?? [],
    ...(limits === undefined ? {} : { limits }),
  });
  const config = applyVaryingLabels(image.config, dockerfile, request, pushed);
  assertNoSecret(JSON.stringify(config), request.secrets ?? [], 'The image config (from ENV or LABEL)');
  return {
    image: imageOf(
      config,
      storedLayers(image).map((layer) => kept.withCopy(layer)),
    ),
    sourceDigest,
    declaresSourceDigest: declaresArg(dockerfile, 'SOURCE_DIGEST'),
    ...(base === undefined || named.kind !== 'image'
      ? {}
      : { base: { reference: named.reference, manifestDigest: base.manifestDigest, standIn: false } }),
    layers: layersOf(image, dockerfile, pushed),
    warnings: [
      ...warnings,
      ...(lock.reader?.warnings ?? []),
      ...(isPinned
        ? []
        : ["The base image isn't pinned, so nothing shows that the image stands on it. Pin it with --pin."]),
    ],
    close: () => files.close(),
  };
}

/** Describes the layers by their records. */
function layersOf(image: RemoteImage, { instructions }: Dockerfile, previous: RemoteImage | undefined): BuiltLayer[] {
  const known = new Set(previous?.config.rootfs.diff_ids);
  const diffIds = image.config.rootfs.diff_ids;
  const history = (image.config.history ?? []).filter(({ empty_layer }) => empty_layer !== true).reverse();
  const layers = history.flatMap((entry, index): BuiltLayer[] => {
    const record = parseRecord(entry);
    const diffId = diffIds.at(-1 - index);
    if (record === undefined || diffId === undefined) return [];
    const instruction = entry.created_by ?? '';
    const line = instructions.find(({ text }) => text === instruction)?.line ?? 0;
    const { sourceDigest, files, size } = record;
    return [{ instruction, line, sourceDigest, diffId, reused: known.has(diffId), files, size }];
  });
  return layers.reverse();
}

function goneError(name: string): RegistryPusherError {
  return new RegistryPusherError(
    'IMAGE_NOT_FOUND',
    `The image ${name} that an earlier job built isn't there any more. Build it again: retry that job, without a cached result (NX_SKIP_NX_CACHE=true).`,
  );
}
