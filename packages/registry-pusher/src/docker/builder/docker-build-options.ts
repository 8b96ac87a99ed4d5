import type { ImageReader } from '../../build/base-image.ts';
import type { BuildOptions } from '../../build/builder.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { EngineOptions } from '../engine/address.ts';

/** `auto`: BuildKit, or the classic builder in an engine without BuildKit. */
export type EngineBuilder = 'auto' | 'buildkit' | 'classic';

export interface DockerBuildOptions extends BuildOptions, EngineOptions {
  /** Reads the base's manifest. Layers of the base then stay in the engine and come from its registry. */
  readonly registry?: ImageReader;
  /** Whether to use the digests of the lock file next to the Dockerfile. Default `use`. */
  readonly lock?: 'use' | 'ignore';
  /** The network mode of RUN, as in `docker build --network`. */
  readonly network?: string;
  /** Values for `RUN --mount=type=secret` by ID. Only the step that mounts one can read it; no argument, log or image contains it. */
  readonly buildSecrets?: Readonly<Record<string, string>>;
  /** Credentials for the registries of bases and caches. Each registry only receives its own. */
  readonly credentials?: CredentialSource;
  /** Images to use as a cache. The new image can then be one, too. BuildKit only. */
  readonly cacheFrom?: readonly ImageReference[];
  /** The engine's builder; default `auto`. */
  readonly engineBuilder?: EngineBuilder;
  /** Called with each line of the build's output. */
  readonly onLog?: (line: string) => void;
}
