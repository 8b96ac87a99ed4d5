import { Readable } from 'node:stream';
import type { RegistryClient, RegistryClientOptions } from './client/client.ts';
import { defaultPlatform } from '../image/platform.ts';
import { layoutRegistry } from '../image/reference.ts';
import { readBlob } from './client/blob.ts';
import { hasLayoutBlob, readLayoutBlob } from './layout/layout-files.ts';
import { readLayoutImage } from './layout/read-layout.ts';
import { writeLayout } from './layout/write-layout.ts';
import { openDocumentCache } from './pull/document-cache.ts';
import { pullImage, resolveDigest } from './pull/pull.ts';
import type { OpenStored } from './push/layer-blob.ts';
import { pushImage } from './push/push.ts';
import { hasBlob } from './push/upload.ts';
import { openSession, type RegistrySession } from './client/session.ts';
import { defaultTiming } from './transport/timing.ts';

const defaultUserAgent = 'registry-pusher';

/**
 * Creates a client for any number of registries, with the credentials that are configured for each.
 * @throws RegistryPusherError HOST_REFUSED for an unsafe endpoint, before anything is sent
 */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const timing = { ...defaultTiming, ...options.timing };
  const userAgent = options.userAgent ?? defaultUserAgent;
  const documents = options.cacheDirectory === undefined ? undefined : openDocumentCache(options.cacheDirectory);
  const sessions = new Map<string, RegistrySession>();
  const sessionOf = (name: string): RegistrySession => {
    const known = sessions.get(name);
    if (known) return known;
    const session = openSession(name, options.endpoints?.[name] ?? {}, {
      timing,
      userAgent,
      lookup: options.lookup,
      credentials: options.credentials,
      onWait: options.onWait,
    });
    sessions.set(name, session);
    return session;
  };
  for (const name of Object.keys(options.endpoints ?? {})) sessionOf(name);
  const openStored: OpenStored = ({ from, descriptor }, start, signal) =>
    from.registry === layoutRegistry
      ? readLayoutBlob(from.repository, descriptor, start)
      : readBlob(sessionOf(from.registry), from.repository, descriptor, { signal, start });
  return {
    getImage: async (reference, { signal, platform = defaultPlatform, forPush = false } = {}) =>
      reference.registry === layoutRegistry
        ? readLayoutImage(reference, platform)
        : pullImage(sessionOf(reference.registry), reference, platform, { documents, signal, forPush }),
    getDigest: async (reference, { signal } = {}) =>
      reference.registry === layoutRegistry
        ? (await readLayoutImage(reference, defaultPlatform))?.manifestDigest
        : resolveDigest(sessionOf(reference.registry), reference, signal),
    readBlob: async (from, descriptor, { signal } = {}) =>
      Readable.from(
        from.registry === layoutRegistry
          ? readLayoutBlob(from.repository, descriptor)
          : readBlob(sessionOf(from.registry), from.repository, descriptor, { signal }),
        { objectMode: false },
      ),
    hasBlob: async ({ registry, repository }, descriptor, { signal = new AbortController().signal } = {}) =>
      registry === layoutRegistry
        ? hasLayoutBlob(repository, descriptor)
        : (await hasBlob({ session: sessionOf(registry), repository, signal }, descriptor)) !== false,
    push: async (image, target, pushOptions = {}) =>
      target.registry === layoutRegistry
        ? writeLayout(openStored, image, target, pushOptions)
        : pushImage(sessionOf(target.registry), openStored, image, target, pushOptions),
    close: async () => {
      await Promise.all([...sessions.values()].map((session) => session.close()));
    },
  };
}
