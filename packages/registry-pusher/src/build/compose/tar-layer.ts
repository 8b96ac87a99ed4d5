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
import { decompress } from '../../tar/decompress.ts';
import { relativeEntryPath } from '../../tar/entry-path.ts';
import { type LayerRecord, formatRecord } from '../layer/layer-record.ts';
import type { TarLayer } from './request.ts';

/** A tar file as a layer. Its digest is also its source digest. */
export interface ReadTar {
  readonly layer: UncompressedLayer;
  readonly record: LayerRecord;
  readonly changes: LayerChanges;
  readonly name: string;
}

/**
 * Reads a tar file once, as a stream.
 * @param directory the base of a relative path
 * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED
 */
export async function readTar(
  { tar, createdBy = 'layer from a tar file' }: TarLayer,
  directory: string,
): Promise<ReadTar> {
  const open = () => decompress(typeof tar === 'string' ? createReadStream(resolve(directory, tar)) : tar());
  const hash = createHash('sha256');
  let size = 0;
  const hashed = async function* () {
    for await (const chunk of open()) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const changes = await readLayerChanges(Readable.from(hashed(), { objectMode: false }), relativeEntryPath).catch(
    (error: unknown) => {
      throw explainError(error, typeof tar === 'string' ? tar : createdBy);
    },
  );
  if (size === 0) throw notTarError(createdBy, 'it is empty');
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  const files = changes.puts.flatMap(([, put]) => ('kind' in put && put.kind === 'file' ? [put.size] : []));
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
  return { created, created_by: name, comment: formatRecord(record) };
}

export function summarizeTar({ record, layer, name }: ReadTar, line: number, reused: boolean): BuiltLayer {
  const { sourceDigest, files, size } = record;
  return { instruction: name, line, sourceDigest, diffId: layer.diffId, reused, files, size };
}

/** Applies a tar file's changes to the tree that later layers see. */
export function applyTar(tree: ImageTree, { puts, removes, empties }: LayerChanges): void {
  for (const path of removes) tree.addKnown(path, { kind: 'absent' });
  for (const path of empties) tree.addOpaqueDirectory(path);
  for (const [path, put] of puts) {
    if ('sameAs' in put || put.kind === 'file' || put.kind === 'device') tree.addKnown(path, { kind: 'file' });
    else if (put.kind === 'link') tree.addKnown(path, { kind: 'link', target: put.target! });
    else seeDirectory(tree, path);
  }
}

/** Also adds the parent directories, which a tar file can omit. */
function seeDirectory(tree: ImageTree, path: string): void {
  for (let above = path; above !== '/'; above = posix.dirname(above)) tree.addKnown(above, { kind: 'directory' });
}

function explainError(error: unknown, name: string): unknown {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new RegistryPusherError('FILE_UNREADABLE', `Can't read ${name}: ${code}.`, { cause: error });
  return notTarError(name, message, error);
}

function notTarError(name: string, why: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_REFUSED',
    `${name} isn't a valid tar file, plain or compressed with gzip or zstd: ${why}. Write it again, for example with GNU tar.`,
    { cause },
  );
}
