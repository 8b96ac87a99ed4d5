import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { posix, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { noFacts } from '../base/facts.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import type { BuiltLayer } from '../builder.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { HistoryEntry } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';
import type { UncompressedLayer } from '../../image/image.ts';
import { type LayerChanges, readLayerChanges } from '../../tar/layer-changes.ts';
import { decompressed } from '../../tar/decompress.ts';
import { type LayerRecord, writeRecord } from '../layer/history-entry.ts';
import type { TarLayer } from './request.ts';

/** A tar file as a layer: what it is made from is itself. */
export interface ReadTar {
  readonly layer: UncompressedLayer;
  readonly record: LayerRecord;
  readonly changes: LayerChanges;
  readonly name: string;
}

/**
 * Reads a tar file once, as a stream.
 * @param folder where its path begins
 * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED
 */
export async function readTar(
  { tar, createdBy = 'layer from a tar file' }: TarLayer,
  folder: string,
): Promise<ReadTar> {
  const open = () => decompressed(typeof tar === 'string' ? createReadStream(resolve(folder, tar)) : tar());
  const hash = createHash('sha256');
  let size = 0;
  const counted = async function* () {
    for await (const chunk of open()) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const changes = await readLayerChanges(Readable.from(counted(), { objectMode: false })).catch((error: unknown) => {
    throw explained(error, typeof tar === 'string' ? tar : createdBy);
  });
  if (size === 0) throw notTar(createdBy, 'it is empty');
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  const files = changes.puts.flatMap(([, what]) => ('kind' in what && what.kind === 'file' ? [what.size] : []));
  return {
    layer: { kind: 'tar', diffId, tar: () => Readable.from(open(), { objectMode: false }) },
    record: {
      sourceDigest: diffId,
      facts: noFacts,
      files: files.length,
      size: files.reduce((sum, each) => sum + each, 0),
    },
    changes,
    name: createdBy,
  };
}

export function historyOfTar({ record, name }: ReadTar, created: string): HistoryEntry {
  return { created, created_by: name, comment: writeRecord(record) };
}

export function describeTar({ record, layer, name }: ReadTar, line: number, reused: boolean): BuiltLayer {
  const { sourceDigest, files, size } = record;
  return { instruction: name, line, sourceDigest, diffId: layer.diffId, reused, files, size };
}

/** Lays what a tar file does on a tree, so that layers on it find what it holds. */
export function layTar(tree: ImageTree, { puts, removes, empties }: LayerChanges): void {
  for (const path of removes) tree.see(path, { kind: 'absent' });
  for (const path of empties) tree.seeEmptied(path);
  for (const [path, what] of puts) {
    if ('sameAs' in what || what.kind === 'file' || what.kind === 'device') tree.see(path, { kind: 'file' });
    else if (what.kind === 'link') tree.see(path, { kind: 'link', target: what.target! });
    else seeFolder(tree, path);
  }
}

/** The folders above it too: a tar file need not name them. */
function seeFolder(tree: ImageTree, path: string): void {
  for (let above = path; above !== '/'; above = posix.dirname(above)) tree.see(above, { kind: 'folder' });
}

function explained(error: unknown, name: string): unknown {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new RegistryPusherError('FILE_UNREADABLE', `${name} cannot be read: ${code}.`, { cause: error });
  return notTar(name, message, error);
}

function notTar(name: string, why: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('FILE_REFUSED', `${name} is no tar file, plain or packed by gzip or zstd: ${why}.`, {
    cause,
  });
}
