import { assertMayReceiveApiKey, createHerokuClient, type HerokuClient, type Secret } from '@tozo/heroku-client';
import {
  createRegistryClient,
  type CredentialSource,
  dockerCredentials,
  type RegistryClient,
} from '@tozo/registry-pusher';

/** The remote services that a deploy works on. */
export interface Services {
  readonly heroku: HerokuClient;
  readonly registry: RegistryClient;
  /** How a Docker Engine reaches registries. */
  readonly engine: EngineAccess;
  close(): Promise<void>;
}

/** What a Docker Engine needs to read images itself: private bases, and the last deploy's image as a cache. */
export interface EngineAccess {
  /** The host at which Heroku's registry answers. */
  readonly registryHost: string;
  readonly credentials: CredentialSource;
}

export const herokuRegistry = 'registry.heroku.com';

/** The tag that a deploy moves. What is released is an image ID, never this tag. */
export const deployedTag = 'latest';

export interface ServiceAddresses {
  readonly apiKey: Secret;
  /** The registry's user name; Heroku ignores it. Default `_`. */
  readonly username?: string;
  /** Default https://api.heroku.com; any other host must be loopback. */
  readonly apiUrl?: string;
  /** Default https://registry.heroku.com; any other host must be loopback. */
  readonly registryUrl?: string;
  /** A mirror that is asked instead of Docker Hub. */
  readonly hubUrl?: string;
  readonly onWarning?: (text: string) => void;
}

/** @throws HerokuError OPTIONS_INVALID, HOST_REFUSED; RegistryPusherError HOST_REFUSED; before anything is sent */
export function connectServices(addresses: ServiceAddresses): Services {
  const { apiKey, username = '_', apiUrl, registryUrl, hubUrl, onWarning } = addresses;
  const heroku = createHerokuClient({
    apiKey: apiKey.reveal(),
    ...(apiUrl ? { baseUrl: apiUrl } : {}),
    ...(onWarning ? { onWarning } : {}),
  });
  if (registryUrl) assertMayReceiveApiKey(new URL(registryUrl));
  const login = { username, password: apiKey.reveal() };
  const others = dockerCredentials();
  const registry = createRegistryClient({
    endpoints: {
      [herokuRegistry]: { ...(registryUrl ? { url: registryUrl } : {}), credentials: login },
      ...(hubUrl ? { 'docker.io': { url: hubUrl } } : {}),
    },
    credentials: others,
  });
  const registryHost = registryUrl ? new URL(registryUrl).host : herokuRegistry;
  return {
    heroku,
    registry,
    engine: {
      registryHost,
      credentials: async (name, signal) => (name === registryHost ? login : others(name, signal)),
    },
    async close() {
      await Promise.all([heroku.close(), registry.close()]);
    },
  };
}
