import {
  createRegistryClient,
  dockerCredentials,
  type RegistryCredentials,
  withGitlabJob,
} from '@tozo/registry-pusher';
import { herokuRegistry, type ImageBuilder, type ImagePublisher } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { createBuilder } from './create-builder.ts';
import { createPublisher } from './publisher.ts';

/** Everything that needs a registry: the publisher, and builders, which read base images. */
export interface ImageServices {
  readonly publisher: ImagePublisher;
  /** @throws RegistryPusherError if the project can't be built on this machine */
  createBuilder(request: DeployRequest, signal?: AbortSignal): Promise<ImageBuilder>;
  close(): Promise<void>;
}

export interface ImageServiceOptions {
  /** For Heroku's registry. */
  readonly login: RegistryCredentials;
  /** Default https://registry.heroku.com. */
  readonly registryUrl?: string;
  /** A mirror of Docker Hub. */
  readonly hubUrl?: string;
  /** Where manifests and configs are kept by their digest, absolute. Default: nowhere. */
  readonly cacheDirectory?: string;
  /** Receives a line about each wait before a retry that a person would notice. */
  readonly onWait?: (line: string) => void;
}

/** @throws RegistryPusherError HOST_REFUSED */
export function connectImages({
  login,
  registryUrl,
  hubUrl,
  cacheDirectory,
  onWait,
}: ImageServiceOptions): ImageServices {
  const others = withGitlabJob(dockerCredentials(), process.env);
  const registry = createRegistryClient({
    endpoints: {
      [herokuRegistry]: { ...(registryUrl ? { url: registryUrl } : {}), credentials: login },
      ...(hubUrl ? { 'docker.io': { url: hubUrl } } : {}),
    },
    credentials: others,
    ...(cacheDirectory ? { cacheDirectory } : {}),
    ...(onWait ? { onWait } : {}),
  });
  const registryHost = registryUrl ? new URL(registryUrl).host : herokuRegistry;
  const engine = {
    registryHost,
    credentials: async (name: string, signal?: AbortSignal) => (name === registryHost ? login : others(name, signal)),
  };
  return {
    publisher: createPublisher(registry),
    createBuilder: (request, signal) => createBuilder(request, registry, engine, signal),
    close: () => registry.close(),
  };
}
