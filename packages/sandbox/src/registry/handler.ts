import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { serveBlob } from './blob-routes.ts';
import { answerBytes, answerError, type Exchange, exchangeOf, isReading } from './exchange.ts';
import { type Authenticate, needsOf } from './login.ts';
import { serveManifest, storeManifest } from './manifest-routes.ts';
import { Refusal } from './refusal.ts';
import { parseResource, type Resource } from './resource.ts';
import type { RegistryChoices, RegistryRules } from './rules.ts';
import type { Storage } from './storage.ts';
import { serveTags } from './tag-routes.ts';
import { appendChunk, beginUpload, cancelUpload, findUpload, finishUpload, showUpload } from './upload-routes.ts';
import type { Upload, Uploads } from './uploads.ts';

export interface RegistryHandlerOptions {
  readonly storage: Storage;
  readonly uploads: Uploads;
  /** Default: anyone may do everything. */
  readonly authenticate?: Authenticate;
  readonly rules?: RegistryRules;
  readonly choices: RegistryChoices;
  /** Closes a connection after this long without traffic. Default: 60,000 ms. */
  readonly idleMs?: number;
}

type Route = (exchange: Exchange, resource: Resource, registry: RegistryHandlerOptions) => void | Promise<void>;

const routes: Readonly<Partial<Record<string, Route>>> = {
  'GET root': (exchange) =>
    answerBytes(exchange, { 'content-type': 'application/json; charset=utf-8' }, Buffer.from('{}')),
  'GET blob': (exchange, { repository, reference }, { storage }) => serveBlob(exchange, storage, repository, reference),
  'GET manifest': (exchange, { repository, reference }, { storage }) =>
    serveManifest(exchange, storage, repository, reference),
  'PUT manifest': (exchange, { repository, reference }, registry) =>
    storeManifest(exchange, registry, repository, reference),
  'GET tags': (exchange, { repository }, { storage }) => serveTags(exchange, storage, repository),
  'POST uploads': (exchange, { repository }, registry) => beginUpload(exchange, registry, repository),
  'GET upload': withUpload(showUpload),
  'PATCH upload': withUpload(appendChunk),
  'PUT upload': withUpload(finishUpload),
  'DELETE upload': withUpload(cancelUpload),
};

const paths: Readonly<Record<Resource['kind'], string>> = {
  root: '/v2/',
  blob: '/v2/:repository/blobs/:digest',
  manifest: '/v2/:repository/manifests/:reference',
  tags: '/v2/:repository/tags/list',
  uploads: '/v2/:repository/blobs/uploads/',
  upload: '/v2/:repository/blobs/uploads/:upload',
};

/** Method and path of each operation. */
export const registryOperations: readonly string[] = Object.keys(routes).map((route) => {
  const [method, kind] = route.split(' ') as [string, Resource['kind']];
  return `${method} ${paths[kind]}`;
});

/** Serves the OCI distribution protocol. Every request gets a protocol response, however malformed it is. */
export function createRegistryHandler(registry: RegistryHandlerOptions): RequestListener {
  return (request, response) => void serve(request, response, registry);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  registry: RegistryHandlerOptions,
): Promise<void> {
  const exchange = exchangeOf(request, response);
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  response.on('error', () => undefined);
  request.setTimeout(registry.idleMs ?? 60_000, () => request.destroy());
  try {
    await answerRequest(exchange, registry);
  } catch (error) {
    answerError(exchange, error);
  }
}

async function answerRequest(exchange: Exchange, registry: RegistryHandlerOptions): Promise<void> {
  const isRead = isReading(exchange);
  const resource = parseResource(exchange.path);
  registry.authenticate?.(exchange.request, resource instanceof Error ? [] : needsOf(resource, isRead, exchange.query));
  if (resource instanceof Error) throw resource;
  if (resource.kind !== 'root') await registry.rules?.admitRepository?.(resource, isRead ? 'read' : 'write');
  const method = isRead ? 'GET' : exchange.request.method;
  const route = routes[`${method} ${resource.kind}`];
  if (!route) throw new Refusal('UNSUPPORTED', `the operation is unsupported: ${method} of ${resource.kind}`);
  await route(exchange, resource, registry);
}

type UploadRoute = (exchange: Exchange, registry: RegistryHandlerOptions, upload: Upload) => void | Promise<void>;

function withUpload(route: UploadRoute): Route {
  return async (exchange, { repository, reference }, registry) =>
    await route(exchange, registry, await findUpload(exchange, registry, repository, reference));
}
