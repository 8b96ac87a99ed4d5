import { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';
import type { Layer } from '../../image/image.ts';
import type { LayerContent } from '../loopback/layer-content.ts';

/** An image that an engine built, out of the engine. */
export interface TakenImage {
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  /** In the order of the config's diff IDs. */
  readonly layers: readonly TakenLayer[];
}

export interface TakenLayer {
  readonly diffId: Digest;
  /** As it is pushed. */
  readonly layer: () => Promise<Layer>;
  /** Looks through its files; undefined for a layer that stayed in the engine, for a registry is known to hold it. */
  readonly lookThrough?: (secrets: readonly string[]) => Promise<LayerContent>;
}

/** Where a build came out for something else than Heroku runs. */
export function otherPlatform(platforms: readonly { os: string; architecture: string }[]): RegistryPusherError {
  const built = platforms.map(({ os, architecture }) => `${os}/${architecture}`).join(', ');
  return new RegistryPusherError(
    'PLATFORM_MISSING',
    `Docker built the image for ${built || 'no platform'}, Heroku runs linux/amd64. Take --platform out of FROM, or install emulation for amd64.`,
  );
}
