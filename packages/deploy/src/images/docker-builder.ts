import {
  buildWithDocker,
  type CredentialSource,
  type ImageReference,
  type RegistryClient,
} from '@tozo/registry-pusher';
import type { ImageBuilder, PreparedBuild, PublishedImage } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { builtImages } from './built-images.ts';

/** What a Docker Engine needs to read images itself: private bases, and the last deploy's image as a cache. */
export interface EngineAccess {
  /** The host at which Heroku's registry responds. */
  readonly registryHost: string;
  readonly credentials: CredentialSource;
}

/** Creates the builder for any Dockerfile. */
export function createDockerBuilder(
  request: DeployRequest,
  { request: build, outline }: PreparedBuild,
  registry: RegistryClient,
  engine: EngineAccess,
): ImageBuilder {
  const { config, target, values } = request;
  return {
    outline: { ...outline, warnings: unsupportedOptions(request) },
    buildsBeforePlan: false,
    contextDigest: async () => undefined,
    build: async ({ previous: reading, signal, onLog }) => {
      const previous = await reading;
      const secrets = Object.entries(values.buildSecrets).map(([id, secret]) => [id, secret.reveal()] as const);
      const built = await buildWithDocker(build, {
        registry,
        ...(previous ? { previous } : {}),
        ...(signal ? { signal } : {}),
        buildSecrets: Object.fromEntries(secrets),
        credentials: engine.credentials,
        lock: target.kind === 'sandbox' ? 'ignore' : 'use',
        ...(config.buildCache ? { cacheFrom: previous ? [cacheReference(engine, previous)] : [] } : {}),
        ...(config.buildNetwork ? { network: config.buildNetwork } : {}),
        onLog,
      });
      return builtImages(config, outline, built);
    },
  };
}

/** The name under which the engine finds the image of the last deploy. */
function cacheReference({ registryHost }: EngineAccess, { from, manifestDigest }: PublishedImage): ImageReference {
  return { registry: registryHost, repository: from.repository, digest: manifestDigest };
}

function unsupportedOptions({ pin, verifyReuse }: DeployRequest): string[] {
  return [
    ...(pin
      ? ['--pin has no effect: only the direct builder writes the lock file. Drop --pin or use --builder direct.']
      : []),
    ...(verifyReuse
      ? [
          '--verify-reuse has no effect: the Docker builder rebuilds every layer. Drop --verify-reuse or use --builder direct.',
        ]
      : []),
  ];
}
