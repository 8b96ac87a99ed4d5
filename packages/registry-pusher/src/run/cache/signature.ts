import { createHmac, timingSafeEqual } from 'node:crypto';
import { formatRecord } from '../../build/layer/layer-record.ts';
import { digestOfFramed } from '../key/frame.ts';
import type { CacheEntry } from './cache-entry.ts';

/**
 * Signs an entry: which layer belongs to which record, down to the digest of the compressed bytes, because a reused layer isn't
 * downloaded and so nothing else compares them.
 * @param scope the app; an entry of one isn't valid for another
 */
export function signEntry(entry: CacheEntry, scope: string, secret: string): string {
  const { text, record, base, layer } = entry;
  const descriptor = layer === undefined ? undefined : layer.kind === 'blob' ? layer.blob.descriptor : layer.descriptor;
  const digest = digestOfFramed([
    'tozo.cache',
    1,
    scope,
    text,
    formatRecord(record),
    base,
    layer?.diffId,
    descriptor?.mediaType,
    descriptor?.digest,
    descriptor?.size,
  ]);
  return createHmac('sha256', secret).update(digest).digest('hex');
}

export function isSigned(entry: CacheEntry, signature: unknown, scope: string, secret: string): boolean {
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature, 'hex'), Buffer.from(signEntry(entry, scope, secret), 'hex'));
}
