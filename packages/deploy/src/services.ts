import { createHerokuClient, type HerokuClient } from '@tozo/heroku-client';
import { createRegistryClient, dockerCredentials, type RegistryClient } from '@tozo/registry-pusher';
import type { Secret } from './secret.ts';

/** The remote services that a deploy works on. */
export interface Services {
  readonly heroku: HerokuClient;
  readonly registry: RegistryClient;
  close(): Promise<void>;
}

export const herokuRegistry = 'registry.heroku.com';

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

/** @throws HerokuError HOST_REFUSED, RegistryPusherError HOST_REFUSED before anything is sent */
export function connectServices(addresses: ServiceAddresses): Services {
  const { apiKey, username = '_', apiUrl, registryUrl, hubUrl, onWarning } = addresses;
  const heroku = createHerokuClient({
    apiKey: apiKey.reveal(),
    ...(apiUrl ? { baseUrl: apiUrl } : {}),
    ...(onWarning ? { onWarning } : {}),
  });
  const registry = createRegistryClient({
    endpoints: {
      [herokuRegistry]: {
        ...(registryUrl ? { url: registryUrl } : {}),
        credentials: { username, password: apiKey.reveal() },
      },
      ...(hubUrl ? { 'docker.io': { url: hubUrl } } : {}),
    },
    credentials: dockerCredentials(),
  });
  return {
    heroku,
    registry,
    async close() {
      await Promise.all([heroku.close(), registry.close()]);
    },
  };
}
