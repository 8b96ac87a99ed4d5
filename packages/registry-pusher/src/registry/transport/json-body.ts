import { RegistryPusherError } from '../../image/errors.ts';
import { printable } from './printable.ts';
import type { WireResponse } from './wire.ts';

/** @throws RegistryPusherError REGISTRY_PROTOCOL when the body is longer than `limit` bytes */
export async function readAtMost(response: WireResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) throw protocolError(response, `its answer is longer than ${limit} bytes`);
  }
  return Buffer.concat(chunks);
}

/** @throws RegistryPusherError REGISTRY_PROTOCOL for anything but a JSON object */
export function parseObject(response: WireResponse, bytes: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw protocolError(
      response,
      `its answer is not JSON (${response.header('content-type') ?? 'of no content type'})`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw protocolError(response, 'its answer is not a JSON object');
}

/** An error for an answer that looks like success and is not what the protocol says. */
export function protocolError({ method, url, status }: WireResponse, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'REGISTRY_PROTOCOL',
    `${method} ${printable(url)}: ${status}: ${why}. Is ${url.host} really a registry, with no proxy that answers for it?`,
  );
}
