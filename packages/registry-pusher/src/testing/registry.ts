import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Digest, digestOf } from '../image/digest.ts';
import { respond, basic, type Call, kindOf, readBody, refuse } from './registry-call.ts';

export { respond, basic, type Call, readBody, refuse } from './registry-call.ts';

export interface RegistryOptions {
  /** Handles a call unlike a correct registry. Returns whether it did. */
  readonly misbehave?: (call: Call, registry: MemoryRegistry) => boolean | Promise<boolean>;
  readonly login?: { readonly scheme: 'basic' | 'bearer'; readonly username: string; readonly password: string };
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Sends an upload's Location as a URL instead of a path. */
  readonly absoluteLocations?: boolean;
  readonly mounts?: boolean;
  /** The maximum size of an upload's body in bytes. */
  readonly largestBody?: number;
  /** Whether responses have Docker-Content-Digest. Default true. */
  readonly namesDigests?: boolean;
}

interface StoredManifest {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Starts an in-memory registry on a free port of 127.0.0.1, correct except for the faults of a test. */
export async function startRegistry(options: RegistryOptions = {}) {
  const registry = new MemoryRegistry(options);
  await registry.listen();
  return registry;
}

const digestHeader = 'docker-content-digest';

export class MemoryRegistry implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, StoredManifest>();
  mostUploadsAtOnce = 0;
  readonly #options: RegistryOptions;
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #uploads = new Map<string, Buffer>();
  readonly #tokens = new Map<string, string>();
  #uploadsNow = 0;
  #uploadsOpened = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const listener: RequestListener = (request, response) => void this.#receive(request, response);
    this.#server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket));
  }

  /** `127.0.0.1:PORT`, the registry's name in image references. */
  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.name}`;
  }

  /** Counts the calls of one kind, such as `PUT upload`. */
  count(what: string): number {
    return this.calls.filter((call) => call.what === what).length;
  }

  putBlob(repository: string, bytes: Buffer): Digest {
    const digest = digestOf(bytes);
    this.blobs.set(`${repository}@${digest}`, bytes);
    return digest;
  }

  putManifest(repository: string, reference: string, type: string, manifest: object): Digest {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    for (const name of [reference, digest]) this.manifests.set(`${repository}:${name}`, { type, bytes });
    return digest;
  }

  /** Keeps only the first bytes of each upload in progress. */
  readonly forgetUpload = (keptBytes: number): void => {
    for (const [id, bytes] of this.#uploads) this.#uploads.set(id, bytes.subarray(0, keptBytes));
  };

  /** Invalidates all tokens. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.origin);
    const what = `${request.method!} ${kindOf(url)}`;
    const { method, headers } = request;
    const call: Call = {
      method: method!,
      url,
      headers,
      request,
      response,
      what,
      before: this.count(what),
      received: 0,
    };
    this.calls.push(call);
    request.on('error', () => undefined);
    const isUpload = what === 'PUT upload';
    if (isUpload) this.mostUploadsAtOnce = Math.max(this.mostUploadsAtOnce, (this.#uploadsNow += 1));
    try {
      if (await this.#options.misbehave?.(call, this)) return;
      if (what === 'GET token') return this.#giveToken(call);
      if (!this.#isLoggedIn(call)) return this.#challenge(call);
      await this.#respond(call);
    } catch {
      request.socket.destroy();
    } finally {
      if (isUpload) this.#uploadsNow -= 1;
    }
  }

  async #respond(call: Call): Promise<void> {
    const [, repository, rest] = /^\/v2\/(.+?)\/(blobs\/.*|manifests\/.*)$/.exec(call.url.pathname) ?? [];
    if (repository === undefined) return respond(call, call.url.pathname === '/v2/' ? 200 : 404);
    const [, kind, id] = /^(blobs\/uploads\/|blobs\/|manifests\/)(.*)$/.exec(rest!)!;
    if (kind === 'manifests/') return this.#manifest(call, `${repository}:${id}`, repository);
    if (kind === 'blobs/') return this.#blob(call, `${repository}@${id}`);
    if (call.method === 'POST') return this.#openUpload(call, repository);
    return this.#upload(call, repository, id!);
  }

  #blob(call: Call, key: string): void {
    const blob = this.blobs.get(key);
    if (!blob) return refuse(call, 404, 'BLOB_UNKNOWN');
    const start = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? '')?.[1] ?? 0);
    return respond(call, start > 0 ? 206 : 200, this.#named(digestOf(blob)), blob.subarray(start));
  }

  #openUpload(call: Call, repository: string): void {
    const mount = call.url.searchParams.get('mount');
    const blob = this.blobs.get(`${call.url.searchParams.get('from')}@${mount}`);
    if (mount !== null && blob && this.#options.mounts !== false) {
      this.blobs.set(`${repository}@${mount}`, blob);
      return respond(call, 201, { location: `/v2/${repository}/blobs/${mount}` });
    }
    this.#uploadsOpened += 1;
    return respond(call, 202, { location: this.#location(repository, String(this.#uploadsOpened)) });
  }

  async #upload(call: Call, repository: string, id: string): Promise<void> {
    if (call.method === 'GET') return this.#progress(call, repository, id);
    const { largestBody = Infinity } = this.#options;
    if (Number(call.headers['content-length']) > largestBody) return refuse(call, 413, 'SIZE_INVALID');
    if (call.method === 'PATCH') return this.#append(call, repository, id);
    const bytes = await readBody(call);
    if (call.url.searchParams.get('state') !== `a+b/${id}=`) return refuse(call, 404, 'BLOB_UPLOAD_UNKNOWN');
    const whole = Buffer.concat([this.#uploads.get(id) ?? Buffer.alloc(0), bytes]);
    const digest = digestOf(whole);
    if (call.url.searchParams.get('digest') !== digest) return refuse(call, 400, 'DIGEST_INVALID');
    this.blobs.set(`${repository}@${digest}`, whole);
    return respond(call, 201, this.#named(digest));
  }

  /** Keeps the received bytes if the connection breaks. */
  async #append(call: Call, repository: string, id: string): Promise<void> {
    const before = this.#uploads.get(id) ?? Buffer.alloc(0);
    const [, start = before.length] = /^(\d+)-/.exec(call.headers['content-range'] ?? '') ?? [];
    if (Number(start) !== before.length) return refuse(call, 416, 'RANGE_INVALID');
    const chunks = [before];
    for await (const chunk of call.request as AsyncIterable<Buffer>) {
      call.received += chunk.length;
      if (call.received > (call.breaksAfter ?? Infinity)) return void call.request.socket.destroy();
      this.#uploads.set(id, Buffer.concat([...chunks, chunk]));
      chunks.push(chunk);
    }
    return respond(call, 202, { location: this.#location(repository, id) });
  }

  #progress(call: Call, repository: string, id: string): void {
    const stored = this.#uploads.get(id)?.length ?? 0;
    return respond(call, 204, { location: this.#location(repository, id), range: `0-${Math.max(0, stored - 1)}` });
  }

  /** Adds a query that must return unchanged, like a signed one. */
  #location(repository: string, id: string): string {
    return `${this.#options.absoluteLocations ? this.origin : ''}/v2/${repository}/blobs/uploads/${id}?state=a%2Bb%2F${id}%3D`;
  }

  async #manifest(call: Call, key: string, repository: string): Promise<void> {
    if (call.method === 'PUT') {
      const bytes = await readBody(call);
      const digest = digestOf(bytes);
      const manifest = JSON.parse(bytes.toString()) as { config: { digest: string }; layers: { digest: string }[] };
      const missing = [manifest.config, ...manifest.layers].some(
        (part) => !this.blobs.has(`${repository}@${part.digest}`),
      );
      if (missing) return refuse(call, 404, 'MANIFEST_BLOB_UNKNOWN');
      const stored = { type: call.headers['content-type']!, bytes };
      this.manifests.set(key, stored).set(`${repository}:${digest}`, stored);
      return respond(call, 201, this.#named(digest));
    }
    const stored = this.manifests.get(key);
    if (!stored) return refuse(call, 404, 'MANIFEST_UNKNOWN');
    const headers = { 'content-type': stored.type, ...this.#named(digestOf(stored.bytes)) };
    return respond(call, 200, headers, stored.bytes);
  }

  #named(digest: Digest): Record<string, string> {
    return this.#options.namesDigests === false ? {} : { [digestHeader]: digest };
  }

  #isLoggedIn({ headers, url }: Call): boolean {
    const { login } = this.#options;
    if (!login) return true;
    if (login.scheme === 'basic') return headers.authorization === basic(login);
    const scopes = this.#tokens.get(headers.authorization?.replace('Bearer ', '') ?? '');
    const [, repository] = /^\/v2\/(.+?)\/(?:blobs|manifests)\//.exec(url.pathname) ?? [];
    return scopes?.includes(`repository:${repository}:`) ?? false;
  }

  #challenge(call: Call): void {
    const bearer = `Bearer realm="${this.origin}/token",service="test, registry",scope="x"`;
    const header = this.#options.login!.scheme === 'basic' ? 'Basic realm="test"' : bearer;
    return refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': header });
  }

  #giveToken(call: Call): void {
    const { login } = this.#options;
    if (!login || call.headers.authorization !== basic(login)) return refuse(call, 401, 'UNAUTHORIZED');
    const token = `token-${this.#tokens.size + 1}-${call.before}`;
    this.#tokens.set(token, call.url.searchParams.getAll('scope').join(' '));
    return respond(
      call,
      200,
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify({ token, expires_in: 300 })),
    );
  }
}
