import { answer, bodyOf, type Exchange } from './exchange.ts';
import { isDigest, requireDigest, requireRepository } from './grammar.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';
import type { Upload, Uploads } from './uploads.ts';

export interface UploadRoutes {
  readonly storage: Storage;
  readonly uploads: Uploads;
}

/** POST: a session, a mount of another repository's blob, or with `?digest=` the whole blob at once. */
export async function beginUpload(
  exchange: Exchange,
  { storage, uploads }: UploadRoutes,
  repository: string,
): Promise<void> {
  const { query } = exchange;
  const mount = query.get('mount');
  if (mount !== null && (await mountBlob(storage, repository, mount, query.get('from')))) {
    answerCreated(exchange, repository, mount);
    return;
  }
  const digest = query.get('digest');
  if (digest !== null) requireDigest(digest);
  const upload = await uploads.begin(repository);
  if (digest === null) {
    answerProgress(exchange, 202, upload);
    return;
  }
  try {
    await uploads.finish(await uploads.append(upload, bodyOf(exchange)), digest);
  } catch (error) {
    await uploads.cancel(await uploads.find(repository, upload.id)).catch(() => undefined);
    throw error;
  }
  answerCreated(exchange, repository, digest);
}

/** GET: how far an upload has come. */
export function showUpload(exchange: Exchange, upload: Upload): void {
  answerProgress(exchange, 204, upload);
}

/** PATCH: the next chunk, in order when it says where it belongs. */
export async function appendChunk(exchange: Exchange, { uploads }: UploadRoutes, upload: Upload): Promise<void> {
  const expected = chunkLength(exchange, upload);
  answerProgress(exchange, 202, await uploads.append(upload, bodyOf(exchange), expected));
}

/** PUT: the last bytes, if any, and the digest that makes it a blob. */
export async function finishUpload(exchange: Exchange, { uploads }: UploadRoutes, upload: Upload): Promise<void> {
  const digest = requireDigest(exchange.query.get('digest') ?? '');
  const expected = chunkLength(exchange, upload);
  await uploads.finish(await uploads.append(upload, bodyOf(exchange), expected), digest);
  answerCreated(exchange, upload.repository, digest);
}

/** DELETE: the upload is given up. */
export async function cancelUpload(exchange: Exchange, { uploads }: UploadRoutes, upload: Upload): Promise<void> {
  await uploads.cancel(upload);
  answer(exchange, 204);
}

async function mountBlob(storage: Storage, repository: string, digest: string, from: string | null): Promise<boolean> {
  if (!isDigest(digest)) return false;
  const source = from === null ? repository : requireRepository(from);
  if ((await storage.blobSize(source, digest)) === undefined) return false;
  await storage.linkBlob(repository, digest);
  return true;
}

/** From `Content-Range: FIRST-LAST`; a chunk out of order gets 416 and the range that has arrived. */
function chunkLength({ request }: Exchange, upload: Upload): number | undefined {
  const header = request.headers['content-range'];
  if (header === undefined) return undefined;
  const match = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || start !== upload.size || end < start) {
    throw new Refusal('RANGE_INVALID', `chunk does not start at byte ${upload.size}`, { headers: progress(upload) });
  }
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) !== end - start + 1) {
    throw new Refusal('SIZE_INVALID', 'Content-Length and Content-Range do not agree', { headers: progress(upload) });
  }
  return end - start + 1;
}

function progress({ repository, id, size }: Upload): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  };
}

function answerProgress(exchange: Exchange, status: number, upload: Upload): void {
  answer(exchange, status, progress(upload));
}

function answerCreated(exchange: Exchange, repository: string, digest: string): void {
  answer(exchange, 201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
}
