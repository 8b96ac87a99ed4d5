import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Manifests } from './manifests.ts';
import { Refused, type Spool } from './spool.ts';

/** What a registry holds, or says that it does. */
export interface Store {
  readonly known: ReadonlyMap<string, number>;
  readonly spool: Spool;
  readonly manifests: Manifests;
}

const digestHeader = 'Docker-Content-Digest';
const routes: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Answer>> }[] = [
  { path: /^\/v2\/$/, methods: { GET: (call) => send(call, 200) } },
  { path: /^\/v2\/(?<repository>[a-z0-9-]+)\/blobs\/uploads\/$/, methods: { POST: beginUpload } },
  {
    path: /^\/v2\/(?<repository>[a-z0-9-]+)\/blobs\/uploads\/(?<id>[0-9a-f]+)$/,
    methods: { PATCH: addToUpload, PUT: finishUpload },
  },
  { path: /^\/v2\/[a-z0-9-]+\/blobs\/(?<digest>sha256:[0-9a-f]{64})$/, methods: { HEAD: tellBlob, GET: giveBlob } },
  {
    path: /^\/v2\/[a-z0-9-]+\/manifests\/(?<name>[\w.:-]{1,128})$/,
    methods: { HEAD: giveManifest, GET: giveManifest, PUT: takeManifest },
  },
];

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly named: Readonly<Record<string, string>>;
}

type Answer = (call: Call, store: Store) => void | Promise<void>;

/** Answers one request of a push. @throws Refused */
export async function answerPush(request: IncomingMessage, response: ServerResponse, store: Store): Promise<void> {
  const url = new URL(request.url ?? '', 'http://127.0.0.1');
  for (const { path, methods } of routes) {
    const match = path.exec(url.pathname);
    if (match === null) continue;
    const answer = Object.hasOwn(methods, request.method ?? '') ? methods[request.method!] : undefined;
    if (answer === undefined) throw new Refused(405, 'UNSUPPORTED', 'this registry takes a push and does nothing else');
    return answer({ request, response, url, named: match.groups ?? {} }, store);
  }
  throw new Refused(404, 'NAME_UNKNOWN', 'this registry takes a push and does nothing else');
}

/** A mount is asked for here too; the blob is uploaded instead. */
async function beginUpload(call: Call, { spool }: Store): Promise<void> {
  send(call, 202, { Location: uploadPath(call, await spool.begin()), Range: '0-0' });
}

async function addToUpload(call: Call, { spool }: Store): Promise<void> {
  const size = await spool.add(call.named['id']!, call.request);
  send(call, 202, { Location: uploadPath(call, call.named['id']!), Range: `0-${Math.max(0, size - 1)}` });
}

async function finishUpload(call: Call, { spool }: Store): Promise<void> {
  const id = call.named['id']!;
  await spool.add(id, call.request);
  const digest = await spool.finish(id, call.url.searchParams.get('digest') ?? '');
  send(call, 201, { Location: `/v2/${call.named['repository']}/blobs/${digest}`, [digestHeader]: digest });
}

function tellBlob(call: Call, { spool, known }: Store): void {
  const digest = call.named['digest']!;
  const size = spool.get(digest)?.size ?? known.get(digest);
  if (size === undefined) throw new Refused(404, 'BLOB_UNKNOWN', 'that blob was not sent');
  send(call, 200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size, [digestHeader]: digest });
}

async function giveBlob({ response, named }: Call, { spool }: Store): Promise<void> {
  const digest = named['digest']!;
  const blob = spool.get(digest);
  if (blob === undefined) throw new Refused(404, 'BLOB_UNKNOWN', 'that blob was not sent');
  response.writeHead(200, { 'Content-Length': blob.size, [digestHeader]: digest });
  await pipeline(blob.open(), response);
}

function giveManifest({ request, response, named }: Call, { manifests }: Store): void {
  const manifest = manifests.get(named['name']!);
  if (manifest === undefined) throw new Refused(404, 'MANIFEST_UNKNOWN', 'there is no such manifest');
  const { mediaType, bytes, digest } = manifest;
  response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': bytes.length, [digestHeader]: digest });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function takeManifest(call: Call, { manifests }: Store): Promise<void> {
  const digest = await manifests.put(call.named['name']!, call.request.headers['content-type'] ?? '', call.request);
  send(call, 201, { Location: call.url.pathname, [digestHeader]: digest });
}

function uploadPath({ named }: Call, id: string): string {
  return `/v2/${named['repository']}/blobs/uploads/${id}`;
}

function send({ response }: Call, status: number, headers: Readonly<Record<string, string | number>> = {}): void {
  response.writeHead(status, { 'Docker-Distribution-Api-Version': 'registry/2.0', 'Content-Length': 0, ...headers });
  response.end();
}
