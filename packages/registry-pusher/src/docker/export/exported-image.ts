import { RegistryPusherError } from '../../image/errors.ts';
import type { SecretValue } from '../../files/secrets.ts';
import type { ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';
import type { Layer } from '../../image/image.ts';
import type { LayerContent } from '../loopback/scan-layer.ts';

/** An image exported from an engine. */
export interface ExportedImage {
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  /** In the order of the config's diff IDs. */
  readonly layers: readonly ExportedLayer[];
}

export interface ExportedLayer {
  readonly diffId: Digest;
  /** Returns the layer to push. */
  readonly layer: () => Promise<Layer>;
  /** Scans its files. Undefined for a layer that a registry already has and that stayed in the engine. */
  readonly scan?: (secrets: readonly SecretValue[]) => Promise<LayerContent>;
}

/** The error for a build for another platform than Heroku's. */
export function platformError(platforms: readonly { os: string; architecture: string }[]): RegistryPusherError {
  const built = platforms.map(({ os, architecture }) => `${os}/${architecture}`).join(', ');
  return new RegistryPusherError(
    'PLATFORM_MISSING',
    `Docker built the image for ${built || 'no platform'}, but Heroku runs linux/amd64. Remove --platform from FROM, or install emulation for amd64.`,
  );
}
