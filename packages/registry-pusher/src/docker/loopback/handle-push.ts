import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Manifests } from './manifests.ts';
import { RefusedError } from './refused-error.ts';
import type { Spool } from './spool.ts';

/** The contents of a registry. */
export interface Store {
  /** The sizes of blobs that exist without having been pushed. */
  readonly known: ReadonlyMap<string, number>;
  readonly spool: Spool;
  readonly manifests: Manifests;
}

const digestHeader = 'Docker-Content-Digest';
const onlyPush = 'this registry only accepts a push';
const routes: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
  { path: /^\/v2\/$/, methods: { GET: (call) => send(call, 200) } },
  { path: /^\/v2\/(?<repository>[a-z0-9-]+)\/blobs\/uploads\/$/, methods: { POST: startUpload } },
  {
    path: /^\/v2\/(?<repository>[a-z0-9-]+)\/blobs\/uploads\/(?<id>[0-9a-f]+)$/,
    methods: { PATCH: appendToUpload, PUT: finishUpload },
  },
  { path: /^\/v2\/[a-z0-9-]+\/blobs\/(?<digest>sha256:[0-9a-f]{64})$/, methods: { HEAD: headBlob, GET: getBlob } },
  {
    path: /^\/v2\/[a-z0-9-]+\/manifests\/(?<name>[\w.:-]{1,128})$/,
    methods: { HEAD: getManifest, GET: getManifest, PUT: putManifest },
  },
];

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

type Handler = (call: Call, store: Store) => void | Promise<void>;

/** Handles one request of a push. @throws RefusedError */
export async function handlePush(request: IncomingMessage, response: ServerResponse, store: Store): Promise<void> {
  const url = new URL(request.url ?? '', 'http://127.0.0.1');
  for (const { path, methods } of routes) {
    const match = path.exec(url.pathname);
    if (match === null) continue;
    const handler = Object.hasOwn(methods, request.method ?? '') ? methods[request.method!] : undefined;
    if (handler === undefined) throw new RefusedError(405, 'UNSUPPORTED', onlyPush);
    return handler({ request, response, url, params: match.groups ?? {} }, store);
  }
  throw new RefusedError(404, 'NAME_UNKNOWN', onlyPush);
}

/** Ignores a mount request, which makes the client upload the blob. */
async function startUpload(call: Call, { spool }: Store): Promise<void> {
  send(call, 202, { Location: uploadPath(call, await spool.start()), Range: '0-0' });
}

async function appendToUpload(call: Call, { spool }: Store): Promise<void> {
  const size = await spool.append(call.params['id']!, call.request);
  send(call, 202, { Location: uploadPath(call, call.params['id']!), Range: `0-${Math.max(0, size - 1)}` });
}

async function finishUpload(call: Call, { spool }: Store): Promise<void> {
  const id = call.params['id']!;
  await spool.append(id, call.request);
  const digest = await spool.finish(id, call.url.searchParams.get('digest') ?? '');
  send(call, 201, { Location: `/v2/${call.params['repository']}/blobs/${digest}`, [digestHeader]: digest });
}

function headBlob(call: Call, { spool, known }: Store): void {
  const digest = call.params['digest']!;
  const size = spool.get(digest)?.size ?? known.get(digest);
  if (size === undefined) throw new RefusedError(404, 'BLOB_UNKNOWN', 'this blob was not pushed');
  send(call, 200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size, [digestHeader]: digest });
}

async function getBlob({ response, params }: Call, { spool }: Store): Promise<void> {
  const digest = params['digest']!;
  const blob = spool.get(digest);
  if (blob === undefined) throw new RefusedError(404, 'BLOB_UNKNOWN', 'this blob was not pushed');
  response.writeHead(200, { 'Content-Length': blob.size, [digestHeader]: digest });
  await pipeline(blob.open(), response);
}

function getManifest({ request, response, params }: Call, { manifests }: Store): void {
  const manifest = manifests.get(params['name']!);
  if (manifest === undefined) throw new RefusedError(404, 'MANIFEST_UNKNOWN', 'this manifest was not pushed');
  const { mediaType, bytes, digest } = manifest;
  response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': bytes.length, [digestHeader]: digest });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function putManifest(call: Call, { manifests }: Store): Promise<void> {
  const digest = await manifests.put(call.params['name']!, call.request.headers['content-type'] ?? '', call.request);
  send(call, 201, { Location: call.url.pathname, [digestHeader]: digest });
}

function uploadPath({ params }: Call, id: string): string {
  return `/v2/${params['repository']}/blobs/uploads/${id}`;
}

function send({ response }: Call, status: number, headers: Readonly<Record<string, string | number>> = {}): void {
  response.writeHead(status, { 'Docker-Distribution-Api-Version': 'registry/2.0', 'Content-Length': 0, ...headers });
  response.end();
}
