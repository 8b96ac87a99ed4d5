import { answer, bodyOf, type Exchange, urlOf } from './exchange.ts';
import { isDigest, isRepository, requireDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';
import type { RegistryChoices } from './rules.ts';
import { digestOf, type Storage } from './storage.ts';
import type { Upload, Uploads } from './uploads.ts';

export interface UploadRoutes {
  readonly storage: Storage;
  readonly uploads: Uploads;
  readonly choices: RegistryChoices;
}

/** POST: starts a session, mounts another repository's blob, or with `?digest=` stores the whole blob. */
export async function beginUpload(exchange: Exchange, routes: UploadRoutes, repository: string): Promise<void> {
  const { query } = exchange;
  const digest = query.get('digest');
  const mount = query.get('mount');
  if (mount !== null && (await mountBlob(routes, repository, mount, query.get('from')))) {
    answerCreated(exchange, routes, repository, mount);
  } else if (digest === null) {
    answerProgress(exchange, 202, routes, await routes.uploads.begin(repository));
  } else {
    await storeBlob(exchange, routes, repository, requireDigest(digest));
    answerCreated(exchange, routes, repository, digest);
  }
}

/** Finds the upload that a path names. The query of its Location is part of it, as the specification allows. */
export async function findUpload(
  { query }: Exchange,
  { uploads }: UploadRoutes,
  repository: string,
  id: string,
): Promise<Upload> {
  const upload = await uploads.find(repository, id);
  if (query.get('_state') !== stateOf(upload)) {
    throw new Refusal('BLOB_UPLOAD_INVALID', 'the query of the Location that started the upload is missing');
  }
  return upload;
}

/** GET: the progress of an upload. */
export function showUpload(exchange: Exchange, routes: UploadRoutes, upload: Upload): void {
  answerProgress(exchange, 204, routes, upload);
}

/** PATCH: appends a chunk. A chunk with a range must be in order. */
export async function appendChunk(exchange: Exchange, routes: UploadRoutes, upload: Upload): Promise<void> {
  if (!routes.choices.chunkedUploads && upload.size > 0) {
    throw new Refusal('UNSUPPORTED', 'the operation is unsupported: a second chunk of an upload');
  }
  const expected = chunkLength(exchange, routes, upload);
  answerProgress(exchange, 202, routes, await routes.uploads.append(upload, bodyOf(exchange), expected));
}

/** PUT: appends the last bytes, if any, and stores the blob by its digest. */
export async function finishUpload(exchange: Exchange, routes: UploadRoutes, upload: Upload): Promise<void> {
  const digest = requireDigest(exchange.query.get('digest') ?? '');
  const expected = chunkLength(exchange, routes, upload);
  await routes.uploads.finish(await routes.uploads.append(upload, bodyOf(exchange), expected), digest);
  answerCreated(exchange, routes, upload.repository, digest);
}

/** DELETE: cancels the upload. */
export async function cancelUpload(exchange: Exchange, { uploads }: UploadRoutes, upload: Upload): Promise<void> {
  await uploads.cancel(upload);
  answer(exchange, 204);
}

async function storeBlob(
  exchange: Exchange,
  { uploads }: UploadRoutes,
  repository: string,
  digest: string,
): Promise<void> {
  const begun = await uploads.begin(repository);
  try {
    await uploads.finish(await uploads.append(begun, bodyOf(exchange)), digest);
  } catch (error) {
    await uploads.discard(begun);
    throw error;
  }
}

async function mountBlob(
  { storage, choices }: UploadRoutes,
  repository: string,
  digest: string,
  from: string | null,
): Promise<boolean> {
  const source = from ?? repository;
  if (!choices.mounts || !isDigest(digest) || !isRepository(source)) return false;
  if ((await storage.blobSize(source, digest)) === undefined) return false;
  await storage.linkBlob(repository, digest);
  return true;
}

/** Parses `Content-Range: FIRST-LAST`. A chunk out of order gets 416 and the range received so far. */
function chunkLength(exchange: Exchange, routes: UploadRoutes, upload: Upload): number | undefined {
  const { 'content-range': header, 'content-length': length } = exchange.request.headers;
  if (header === undefined) return undefined;
  const match = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  const headers = progressOf(exchange, routes, upload);
  if (!match || start !== upload.size || end < start) {
    throw new Refusal('RANGE_INVALID', `the next chunk starts at byte ${upload.size}`, { headers });
  }
  if (length !== undefined && Number(length) !== end - start + 1) {
    throw new Refusal('SIZE_INVALID', "Content-Length and Content-Range don't match", { headers });
  }
  return end - start + 1;
}

function progressOf(exchange: Exchange, { choices }: UploadRoutes, upload: Upload): Record<string, string> {
  const path = `/v2/${upload.repository}/blobs/uploads/${upload.id}?_state=${stateOf(upload)}`;
  return {
    location: urlOf(exchange, path, choices.locations),
    range: `0-${Math.max(0, upload.size - 1)}`,
    'docker-upload-uuid': upload.id,
  };
}

const stateOf = ({ id }: Upload): string => digestOf(id).slice(-16);

function answerProgress(exchange: Exchange, status: number, routes: UploadRoutes, upload: Upload): void {
  answer(exchange, status, progressOf(exchange, routes, upload));
}

function answerCreated(exchange: Exchange, { choices }: UploadRoutes, repository: string, digest: string): void {
  answer(exchange, 201, {
    location: urlOf(exchange, `/v2/${repository}/blobs/${digest}`, choices.locations),
    'docker-content-digest': digest,
  });
}
