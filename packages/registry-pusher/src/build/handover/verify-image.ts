import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { digestOf } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { type RemoteImage, type StoredLayer, storedLayers } from '../../image/image.ts';
import { decompress } from '../../tar/decompress.ts';
import { SecretScan, secretFoundError, type SecretValue } from '../../files/secrets.ts';

/** What an image may have at most. */
export interface ImageLimits {
  readonly layers: number;
  /** Compressed bytes of all layers. */
  readonly size: number;
  /** Decompressed bytes of one layer. */
  readonly layerSize: number;
}

export const defaultLimits: ImageLimits = { layers: 127, size: 8 * 1024 ** 3, layerSize: 8 * 1024 ** 3 };

export interface VerifyImageOptions {
  /** Opens a layer's compressed bytes, and compares them with its descriptor. */
  readonly open: (layer: StoredLayer) => Promise<Readable>;
  /** The image that it has to be built on. */
  readonly base?: RemoteImage | undefined;
  /** Images whose layers are known to be what their configs say. */
  readonly known: readonly RemoteImage[];
  readonly limits?: ImageLimits;
  /** Values that must not be in a layer that is read. */
  readonly secrets: readonly SecretValue[];
}

/**
 * Verifies an image that comes from someone who isn't trusted: its config and layers have the digests that its manifest and
 * its config name, it stands on the base, and nothing is larger than allowed. A layer that a known image has under the same two
 * digests isn't read.
 * @param name for messages
 * @throws RegistryPusherError IMAGE_REFUSED, DIGEST_MISMATCH, MEDIA_TYPE_REFUSED, LAYOUT_INVALID,
 * FILE_REFUSED for a secret
 */
export async function verifyImage(
  image: RemoteImage,
  name: string,
  { open, base, known, limits = defaultLimits, secrets }: VerifyImageOptions,
): Promise<void> {
  const refuse = (why: string) => imageRefusedError(name, why);
  const layers = storedLayers(image);
  if (digestOf(image.configBytes) !== image.imageId) throw refuse("its config doesn't have the digest in its manifest");
  if (layers.length > limits.layers) throw refuse(`it has ${layers.length} layers, more than ${limits.layers}`);
  const size = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (size > limits.size) throw refuse(`its layers have ${size} bytes, more than ${limits.size}`);
  if (base !== undefined) assertStandsOn(image, base, refuse);
  const verified = new Set([...(base === undefined ? [] : [base]), ...known].flatMap(storedLayers).map(identityOf));
  for (const layer of layers) {
    if (verified.has(identityOf(layer))) continue;
    await verifyLayer(layer, await open(layer), { limits, secrets }, refuse);
    verified.add(identityOf(layer));
  }
}

function assertStandsOn({ config }: RemoteImage, base: RemoteImage, refuse: (why: string) => Error): void {
  const expected = base.config.rootfs.diff_ids;
  const found = config.rootfs.diff_ids.slice(0, expected.length);
  if (expected.some((diffId, index) => found[index] !== diffId))
    throw refuse("its lowest layers aren't those of the Dockerfile's base image");
}

async function verifyLayer(
  { diffId, descriptor }: StoredLayer,
  bytes: Readable,
  { limits, secrets }: { readonly limits: ImageLimits; readonly secrets: readonly SecretValue[] },
  refuse: (why: string) => Error,
): Promise<void> {
  const hash = createHash('sha256');
  const scan = new SecretScan(secrets);
  let size = 0;
  try {
    for await (const chunk of decompress(bytes)) {
      size += chunk.length;
      if (size > limits.layerSize)
        throw refuse(`the layer ${descriptor.digest} decompresses to more than ${limits.layerSize} bytes`);
      hash.update(chunk);
      const secret = scan.findSecret(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      if (secret !== undefined) throw secretFoundError(`The layer ${descriptor.digest}`, secret);
    }
  } catch (error) {
    if (error instanceof RegistryPusherError) throw error;
    throw refuse(`the layer ${descriptor.digest} can't be decompressed: ${(error as Error).message}`);
  } finally {
    bytes.destroy();
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== diffId) throw refuse(`the layer ${descriptor.digest} decompresses to ${found}, not to ${diffId}`);
}

function identityOf({ diffId, descriptor }: StoredLayer): string {
  return `${diffId} ${descriptor.digest} ${descriptor.size} ${descriptor.mediaType}`;
}

export function imageRefusedError(name: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'IMAGE_REFUSED',
    `The image ${name} that an earlier job handed over is refused: ${why}. Find out what changed it, then build it again.`,
  );
}
