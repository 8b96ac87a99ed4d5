import type { RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import { requireBasic } from './basic-login.ts';
import { createRegistryHandler } from './handler.ts';
import { herokuRules } from './heroku-rules.ts';
import { createImageStore } from './images.ts';
import type { TaggedImageStore } from './image-store.ts';
import { type RegistryAssumptions, registryAssumptions } from './assumptions.ts';
import type { StoredEvent } from './rules.ts';
import type { Clock } from '../time/clock.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

/** What the registry needs from the Heroku API. */
export interface RegistryAccess {
  /** The password is an API key; the username may be empty, `_` or an email address. */
  authenticate(username: string, password: string): boolean;
  /** Returns the ID of the app with this name, which its repositories belong to. */
  appId(name: string): string | undefined;
}

export interface RegistryOptions {
  /** The directory of blobs, manifests and tags. Created if missing; survives restarts. */
  readonly dir: string;
  readonly accounts: RegistryAccess;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  readonly hooks?: { readonly manifestStored?: (stored: StoredEvent) => void };
  /** Default: `registryAssumptions`. */
  readonly assumptions?: Partial<RegistryAssumptions>;
  /** Closes a connection after this long without traffic. Default: 60,000 ms. */
  readonly idleMs?: number;
}

export interface Registry {
  readonly handler: RequestListener;
  readonly images: TaggedImageStore;
  readonly storage: Storage;
  /** Opens a blob of any repository. The stream fails with ENOENT if the blob doesn't exist. */
  openBlob(digest: string): Readable;
}

/** registry.heroku.com on this machine. */
export function createRegistry(options: RegistryOptions): Registry {
  const { accounts, hooks } = options;
  const { otherTags, maxLayers, maxLayerBytes, ...choices } = { ...registryAssumptions, ...options.assumptions };
  const storage = new Storage(options.dir, options.clock, (repository) => locate(accounts, repository));
  // Pushes and pulls don't depend on it.
  storage.removeAbandoned().catch(() => undefined);
  const handler = createRegistryHandler({
    storage,
    uploads: new Uploads(storage, { maxBlobBytes: maxLayerBytes }),
    authenticate: requireBasic('Heroku Container Registry', ({ username, password }) =>
      accounts.authenticate(username, password),
    ),
    rules: herokuRules({ appExists: (app) => accounts.appId(app) !== undefined, otherTags, maxLayers, ...hooks }),
    choices,
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
  });
  return { handler, storage, images: createImageStore(storage), openBlob: (digest) => storage.openContent(digest) };
}

/** Returns `ID/TYPE` for `APP/TYPE`, so that a renamed app keeps its images and another app with its name doesn't get them. */
function locate(accounts: RegistryAccess, repository: string): string {
  const [app = '', ...type] = repository.split('/');
  return [accounts.appId(app) ?? app, ...type].join('/');
}
