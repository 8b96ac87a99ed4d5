import { answer, answerStream, type Exchange, isHead } from './exchange.ts';
import { requireDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';
import type { ByteRange, Storage } from './storage.ts';

/** GET and HEAD of a blob, with ranges (OCI distribution specification, "Pulling blobs"). */
export async function serveBlob(
  exchange: Exchange,
  storage: Storage,
  repository: string,
  reference: string,
): Promise<void> {
  const digest = requireDigest(reference);
  const size = await storage.blobSize(repository, digest);
  if (size === undefined) throw new Refusal('BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });
  const range = parseRange(exchange.request.headers.range, size);
  const headers = {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'content-length': range ? range.end - range.start + 1 : size,
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
  };
  const status = range ? 206 : 200;
  if (isHead(exchange) || size === 0) answer(exchange, status, headers);
  else await answerStream(exchange, status, headers, storage.openContent(digest, range));
}

/**
 * Parses one range (RFC 9110). Returns undefined for none, for several and for unknown units: then the response is the
 * whole blob. Throws RANGE_INVALID for a range outside the blob.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start > end) {
    throw new Refusal('RANGE_INVALID', 'range is outside the blob', {
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return { start, end };
}
