import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Digest } from '../../image/digest.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { RegistryCredentials } from '../../registry/login/credentials.ts';
import { answerPush } from './answer-push.ts';
import type { SpooledBlob } from './blob-upload.ts';
import { Manifests } from './manifests.ts';
import { Refused, Spool, type SpoolOptions } from './spool.ts';

export interface LoopbackOptions extends SpoolOptions {
  /** The sizes of blobs that need not be sent: they are said to be there. */
  readonly known: ReadonlyMap<string, number>;
}

/** A registry in this process that takes one image from an engine on this machine. */
export interface LoopbackRegistry {
  /** What the image is to be called. */
  readonly image: ImageReference;
  /** Made for this registry alone; who does not have it is told nothing. */
  readonly login: RegistryCredentials;
  /** Whether someone came who has the login. */
  readonly wasReached: () => boolean;
  /** A blob that was sent. */
  readonly blob: (digest: Digest) => SpooledBlob | undefined;
  /** Of all blobs. */
  readonly sentBytes: () => number;
  /** What went wrong on this side, once something has. */
  readonly failure: () => unknown;
  readonly close: () => Promise<void>;
}

const username = 'registry-pusher';
const mostConnections = 64;

/**
 * Opens a registry on a free port of 127.0.0.1, where engines speak plain http. It answers what a push needs, to who has its
 * login, and nothing else. @see OCI distribution-spec, spec.md#push
 * @param onFailure called when it cannot go on, as with a full disk
 */
export async function openLoopbackRegistry(options: LoopbackOptions, onFailure: () => void): Promise<LoopbackRegistry> {
  const login = { username, password: randomBytes(32).toString('base64url') };
  const isLogin = loginCheck(login);
  const store = { known: options.known, spool: new Spool(options), manifests: new Manifests() };
  let reached = false;
  let failure: unknown;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (!isLogin(request.headers.authorization)) return askForLogin(response);
    reached = true;
    try {
      await answerPush(request, response, store);
    } catch (error) {
      if (error instanceof Refused) return refuse(response, error);
      if (request.destroyed && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
      failure ??= error;
      refuse(response, new Refused(500, 'UNKNOWN', 'the registry failed'));
      onFailure();
    }
  };
  const server = createServer({ requestTimeout: 0 }, (request, response) => void answer(request, response));
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    image: { registry, repository: 'registry-pusher-build', tag: randomBytes(8).toString('hex') },
    login,
    wasReached: () => reached,
    blob: (digest) => store.spool.get(digest),
    sentBytes: () => store.spool.taken,
    failure: () => failure,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, store.spool.close()]);
    },
  };
}

function loginCheck({ username, password }: RegistryCredentials): (header: string | undefined) => boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const expected = hash(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return (header = '') => timingSafeEqual(hash(header), expected);
}

function askForLogin(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Basic realm="registry-pusher"');
  refuse(response, new Refused(401, 'UNAUTHORIZED', 'this registry belongs to one build'));
}

function refuse(response: ServerResponse, { status, code, message }: Refused): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
