import { assertMayReceiveApiKey, createHerokuClient, type HerokuClient, type Secret } from '@tozo/heroku-client';
import { connectImages, type ImageServices } from './images/connect-images.ts';

/** The remote services that a deploy uses. */
export interface Services {
  readonly heroku: HerokuClient;
  readonly images: ImageServices;
  /** Sends Heroku's warnings, and messages about long waits for it and for registries, to this listener. Before, they are Node.js process warnings. */
  onWarning(listener: (text: string) => void): void;
  close(): Promise<void>;
}

export interface ServiceAddresses {
  readonly apiKey: Secret;
  /** The registry's username; Heroku ignores it. Default `_`. */
  readonly username?: string;
  /** Default https://api.heroku.com; any other host must be loopback. */
  readonly apiUrl?: string;
  /** Default https://registry.heroku.com; any other host must be loopback. */
  readonly registryUrl?: string;
  /** A mirror to use instead of Docker Hub. */
  readonly hubUrl?: string;
  /** Where manifests and configs are kept by their digest, absolute. Default: nowhere. */
  readonly cacheDirectory?: string;
}

/**
 * Creates the clients. Sends nothing.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED; RegistryPusherError HOST_REFUSED
 */
export function connectServices(addresses: ServiceAddresses): Services {
  const { apiKey, username = '_', apiUrl, registryUrl, hubUrl, cacheDirectory } = addresses;
  if (registryUrl) assertMayReceiveApiKey(new URL(registryUrl));
  let warn = (text: string): void => process.emitWarning(text, 'HerokuWarning');
  const heroku = createHerokuClient({
    apiKey: apiKey.reveal(),
    ...(apiUrl ? { baseUrl: apiUrl } : {}),
    onWarning: (text) => warn(text),
  });
  const images = connectImages({
    login: { username, password: apiKey.reveal() },
    ...(registryUrl ? { registryUrl } : {}),
    ...(hubUrl ? { hubUrl } : {}),
    ...(cacheDirectory ? { cacheDirectory } : {}),
    onWait: (text) => warn(text),
  });
  return {
    heroku,
    images,
    onWarning(listener) {
      warn = listener;
    },
    async close() {
      await Promise.all([heroku.close(), images.close()]);
    },
  };
}
