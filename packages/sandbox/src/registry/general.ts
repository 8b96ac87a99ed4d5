import type { RequestListener } from 'node:http';
import { requireBasic } from './basic-login.ts';
import { createBearerLogin } from './bearer-login.ts';
import { createRegistryHandler } from './handler.ts';
import type { RegistryChoices } from './rules.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

export interface GeneralRegistryOptions {
  /** The directory of blobs, manifests and tags. Created if missing; survives restarts. */
  readonly dir: string;
  /** Default: anyone may push and pull. */
  readonly login?: {
    readonly kind: 'basic' | 'bearer';
    readonly username: string;
    readonly password: string;
    /** How long a Bearer token is valid. Default: 300 s. */
    readonly tokenSeconds?: number;
  };
  /** Default: mounts and chunked uploads, absolute locations. */
  readonly choices?: Partial<RegistryChoices>;
}

/** A registry with the plain distribution protocol that accepts any image. */
export function createGeneralRegistry({ dir, login, choices }: GeneralRegistryOptions): RequestListener {
  const storage = new Storage(dir);
  const registry = {
    storage,
    uploads: new Uploads(storage, { maxBlobBytes: Infinity }),
    choices: { mounts: true, chunkedUploads: true, locations: 'absolute', ...choices },
  } as const;
  if (!login) return createRegistryHandler(registry);
  const accepts = ({ username, password }: { username: string; password: string }): boolean =>
    username === login.username && password === login.password;
  if (login.kind === 'basic') {
    return createRegistryHandler({ ...registry, authenticate: requireBasic('registry', accepts) });
  }
  const { tokenSeconds } = login;
  const bearer = createBearerLogin({ accepts, ...(tokenSeconds !== undefined && { tokenSeconds }) });
  return bearer.withTokens(createRegistryHandler({ ...registry, authenticate: bearer.authenticate }));
}
