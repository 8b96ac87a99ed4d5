import { gunzipSync } from 'node:zlib';
import { RegistryPusherError } from '../../image/errors.ts';
import { limitDocumentTime } from './document-time.ts';
import { redactUrl } from './redact-url.ts';
import type { WireResponse } from './wire.ts';

/**
 * Reads a document. Some proxies gzip it although nobody asked for that.
 * @throws RegistryPusherError REGISTRY_PROTOCOL when the body is longer than `limit` bytes, or takes too long
 */
export async function readAtMost(response: WireResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const late = (received: string) => protocolError(response, received);
  for await (const chunk of limitDocumentTime(response.body, response.documentTime, late)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) throw protocolError(response, `the response is longer than ${limit} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  if (!/^(?:x-)?gzip$/i.test(response.header('content-encoding') ?? '')) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    throw protocolError(response, `the response can't be decompressed (${(error as Error).message})`);
  }
}

/** @throws RegistryPusherError REGISTRY_PROTOCOL for anything but a JSON object */
export function parseObject(response: WireResponse, bytes: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw protocolError(response, `the response isn't JSON (${response.header('content-type') ?? 'no content type'})`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw protocolError(response, "the response isn't a JSON object");
}

/** Returns the error for a response that looks like success and breaks the protocol. */
export function protocolError({ method, url, status, redact }: WireResponse, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'REGISTRY_PROTOCOL',
    `${method} ${redact(`${redactUrl(url)}: ${status}: ${why}`)}. Check that ${url.host} is a registry, and that no proxy responds in its place.`,
  );
}
