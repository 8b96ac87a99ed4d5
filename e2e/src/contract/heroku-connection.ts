import { type Clock, createHerokuClient, type HerokuClient } from '@tozo/heroku-client';
import {
  createRegistryClient,
  imageOf,
  type RegistryClient,
  type RemoteImage,
  storedLayers,
} from '@tozo/registry-pusher';

/** A Heroku that the contract is run against: the live one by default. */
export interface HerokuConnection extends AsyncDisposable {
  readonly url?: string;
  readonly key: string;
  readonly registryUrl?: string;
  readonly hubUrl?: string;
  /** Paces the waits. Default: real time. */
  readonly clock?: Clock;
}

const registry = 'registry.heroku.com';

export function clientOf({ url, key, clock }: Pick<HerokuConnection, 'url' | 'key' | 'clock'>): HerokuClient {
  return createHerokuClient({
    apiKey: key,
    ...(url === undefined ? {} : { baseUrl: url }),
    ...(clock ? { clock } : {}),
  });
}

export function registryOf({
  key,
  registryUrl,
  hubUrl,
}: Omit<HerokuConnection, typeof Symbol.asyncDispose>): RegistryClient {
  return createRegistryClient({
    endpoints: {
      [registry]: {
        credentials: { username: '_', password: key },
        ...(registryUrl === undefined ? {} : { url: registryUrl }),
      },
      ...(hubUrl === undefined ? {} : { 'docker.io': { url: hubUrl } }),
    },
  });
}

/** Returns the base of the suite's images. */
export async function nodeImage(images: RegistryClient): Promise<RemoteImage> {
  const node = await images.getImage({ registry: 'docker.io', repository: 'library/node', tag: '20-slim' });
  if (!node) throw new Error("node:20-slim doesn't exist on Docker Hub.");
  return node;
}

/** Pushes an image that runs a script, and returns its image ID. */
export async function pushImage(
  images: RegistryClient,
  base: RemoteImage,
  repository: string,
  source: string,
): Promise<string> {
  const config = { ...base.config.config, Entrypoint: null, Cmd: ['node', '-e', source] };
  const image = imageOf({ ...base.config, config }, storedLayers(base));
  await images.push(image, { registry, repository, tag: 'latest' });
  return image.imageId;
}
