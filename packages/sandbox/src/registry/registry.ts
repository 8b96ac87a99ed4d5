import type { RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import { requireBasic } from './basic-login.ts';
import { createRegistryHandler } from './handler.ts';
import { herokuRules } from './heroku-rules.ts';
import { createImageStore } from './images.ts';
import type { TaggedImageStore } from './image-store.ts';
import { type RegistryAssumptions, registryAssumptions } from './assumptions.ts';
import type { StoredEvent } from './rules.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

/** What the registry asks the Heroku side. */
export interface RegistryAccess {
  /** The password is an API key; the user name may be empty, `_` or an email address. */
  authenticate(username: string, password: string): boolean;
  appExists(app: string): boolean;
}

export interface RegistryOptions {
  /** Where blobs, manifests and tags lie; made when missing, kept over restarts. */
  readonly dir: string;
  readonly accounts: RegistryAccess;
  readonly hooks?: { readonly manifestStored?: (stored: StoredEvent) => void };
  /** Default: `registryAssumptions`. */
  readonly assumptions?: Partial<RegistryAssumptions>;
  /** A connection on which nothing moves for so long is closed. Default: 60,000 ms. */
  readonly idleMs?: number;
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
  const { otherTags, maxLayers, maxLayerBytes, ...choices } = { ...registryAssumptions, ...options.assumptions };
  const storage = new Storage(options.dir);
  // Whether it succeeds matters to nobody who pushes or pulls.
  storage.removeAbandoned().catch(() => undefined);
  const handler = createRegistryHandler({
    storage,
    uploads: new Uploads(storage, { maxBlobBytes: maxLayerBytes }),
    authenticate: requireBasic('Heroku Container Registry', ({ username, password }) =>
      accounts.authenticate(username, password),
    ),
    rules: herokuRules({ appExists: (app) => accounts.appExists(app), otherTags, maxLayers, ...hooks }),
    choices,
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
  });
  return { handler, images: createImageStore(storage), openBlob: (digest) => storage.openContent(digest) };
}
