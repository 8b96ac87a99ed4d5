import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Digest } from '../../image/digest.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { RegistryCredentials } from '../../registry/login/credentials.ts';
import type { SpooledBlob } from './blob-upload.ts';
import { handlePush } from './handle-push.ts';
import { Manifests } from './manifests.ts';
import { RefusedError } from './refused-error.ts';
import { Spool, type SpoolOptions } from './spool.ts';

export interface LoopbackOptions extends SpoolOptions {
  /** The sizes of blobs that the engine doesn't need to push. */
  readonly known: ReadonlyMap<string, number>;
}

/** A registry in this process to which an engine on this machine pushes one image. */
export interface LoopbackRegistry {
  /** The reference to push to. */
  readonly image: ImageReference;
  /** Generated for this registry. Requests without it get no information. */
  readonly login: RegistryCredentials;
  /** Returns whether any request had the login. */
  readonly wasReached: () => boolean;
  /** Returns a pushed blob. */
  readonly blob: (digest: Digest) => SpooledBlob | undefined;
  /** Returns the size of all pushed blobs. */
  readonly sentBytes: () => number;
  /** Returns the first error on this side. */
  readonly failure: () => unknown;
  readonly close: () => Promise<void>;
}

const username = 'registry-pusher';
const maxConnections = 64;

/**
 * Opens a registry on a free port of 127.0.0.1, where engines use plain HTTP. It only supports a push with its login.
 * @see OCI distribution-spec, spec.md#push
 * @param onFailure called on an error on this side, such as a full disk
 */
export async function openLoopbackRegistry(options: LoopbackOptions, onFailure: () => void): Promise<LoopbackRegistry> {
  const login = { username, password: randomBytes(32).toString('base64url') };
  const isLogin = createLoginCheck(login);
  const store = { known: options.known, spool: new Spool(options), manifests: new Manifests() };
  let reached = false;
  let failure: unknown;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (!isLogin(request.headers.authorization)) return challenge(response);
    reached = true;
    try {
      await handlePush(request, response, store);
    } catch (error) {
      if (error instanceof RefusedError) return sendError(response, error);
      if (request.destroyed && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
      failure ??= error;
      sendError(response, new RefusedError(500, 'UNKNOWN', 'the registry failed'));
      onFailure();
    }
  };
  const server = createServer({ requestTimeout: 0 }, (request, response) => void handle(request, response));
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    image: { registry, repository: 'registry-pusher-build', tag: randomBytes(8).toString('hex') },
    login,
    wasReached: () => reached,
    blob: (digest) => store.spool.get(digest),
    sentBytes: () => store.spool.size,
    failure: () => failure,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, store.spool.close()]);
    },
  };
}

function createLoginCheck({ username, password }: RegistryCredentials): (header: string | undefined) => boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const expected = hash(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return (header = '') => timingSafeEqual(hash(header), expected);
}

function challenge(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Basic realm="registry-pusher"');
  sendError(response, new RefusedError(401, 'UNAUTHORIZED', 'this registry belongs to one build'));
}

function sendError(response: ServerResponse, { status, code, message }: RefusedError): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
