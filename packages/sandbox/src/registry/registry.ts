import type { RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import { requireBasic } from './basic-login.ts';
import { createRegistryHandler } from './handler.ts';
import { herokuRules } from './heroku-rules.ts';
import { createImageStore } from './images.ts';
import type { TaggedImageStore } from './image-store.ts';
import type { RegistryChoices, StoredEvent } from './rules.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

/** What the registry asks the Heroku side. */
export interface RegistryAccess {
  /** The password is an API key; the user name may be empty, `_` or an email address. */
  authenticate(username: string, password: string): boolean;
  appExists(app: string): boolean;
}

/** What nobody outside Heroku knows of its registry: each may be set the other way, to see whether a client minds. */
export interface RegistryAssumptions extends RegistryChoices {
  /** Tags other than `latest`. The documentation shows only `latest`. */
  readonly otherTags: boolean;
}

/**
 * Mounts between repositories and uploads in several chunks: the specification allows a registry to refuse both, and
 * there is no word on it. Locations: Docker's registry writes absolute ones unless it is told otherwise.
 */
export const registryAssumptions: RegistryAssumptions = {
  mounts: true,
  chunkedUploads: true,
  locations: 'absolute',
  otherTags: true,
};

export interface RegistryOptions {
  /** Where blobs, manifests and tags lie; made when missing, kept over restarts. */
  readonly dir: string;
  readonly accounts: RegistryAccess;
  readonly hooks?: { readonly manifestStored?: (stored: StoredEvent) => void };
  /** Default: `registryAssumptions`. */
  readonly assumptions?: Partial<RegistryAssumptions>;
  /** A connection on which nothing moves for so long is closed. Default: 60,000 ms. */
  readonly idleMs?: number;
  /** Default: 20 GiB. */
  readonly maxBlobBytes?: number;
}

export interface Registry {
  readonly handler: RequestListener;
  readonly images: TaggedImageStore;
  /** The bytes of a blob of any repository; the stream fails with ENOENT when there is none. */
  openBlob(digest: string): Readable;
}

/** registry.heroku.com on this machine. */
export function createRegistry(options: RegistryOptions): Registry {
  const { accounts, hooks } = options;
  const { otherTags, ...choices } = { ...registryAssumptions, ...options.assumptions };
  const storage = new Storage(options.dir);
  // Whether it succeeds matters to nobody who pushes or pulls.
  storage.removeAbandoned().catch(() => undefined);
  const handler = createRegistryHandler({
    storage,
    uploads: new Uploads(storage, { maxBlobBytes: options.maxBlobBytes ?? 20 * 2 ** 30 }),
    authenticate: requireBasic('Heroku Container Registry', ({ username, password }) =>
      accounts.authenticate(username, password),
    ),
    rules: herokuRules({ appExists: (app) => accounts.appExists(app), otherTags, ...hooks }),
    choices,
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
  });
  return { handler, images: createImageStore(storage), openBlob: (digest) => storage.openContent(digest) };
}
