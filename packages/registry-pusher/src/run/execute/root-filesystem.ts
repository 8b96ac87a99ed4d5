import { createHash } from 'node:crypto';
import { lutimesSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { Digest } from '../../image/digest.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import type { BlobLayer } from '../../image/image.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { gzip, layerGzipOptions } from '../../tar/gzip.ts';
import { writeTar } from '../../tar/write.ts';
import type { ChainLayer, RootFilesystem, RunLayer } from '../executor.ts';
import { type Changes, findChanges } from './changes.ts';
import type { Contents } from './contents.ts';
import { hashFile, packChanges } from './pack.ts';
import { fsPath, Root } from './paths.ts';
import { type FileStamp, scan, type Snapshot, stampOf } from './scan.ts';
import { unpackLayer } from './unpack.ts';

export interface RootOptions {
  /** A directory that doesn't exist yet. */
  readonly directory: string;
  /** Receives the layers. */
  readonly files: TemporaryFiles;
  /** The time of all files that commands write, in seconds since 1970. */
  readonly epoch: number | undefined;
}

/** An image's files, unpacked. */
export class UnpackedRoot implements RootFilesystem {
  readonly directory: string;
  readonly diffIds: Digest[] = [];
  readonly paths: Root;
  readonly #options: RootOptions;
  readonly #contents: Contents = new Map();
  #snapshot: Snapshot | undefined;
  #startedAt = 0;

  constructor(options: RootOptions) {
    mkdirSync(options.directory, { mode: 0o755 });
    this.directory = options.directory;
    this.#options = options;
    this.paths = new Root(options.directory);
  }

  async unpack(layer: ChainLayer, signal?: AbortSignal): Promise<void> {
    this.#snapshot = undefined;
    await unpackLayer(new Root(this.directory), await layer.open(), this.#contents, signal);
    this.diffIds.push(layer.diffId);
  }

  /** Remembers all files. What happens from now on is a change. */
  async start(): Promise<void> {
    this.#snapshot ??= scan(this.directory);
    const latest = [...this.#snapshot.values()].reduce((max, { ctime }) => Math.max(max, ctime), 0);
    this.#startedAt = await this.#waitUntilAfter(latest);
  }

  async record(signal?: AbortSignal): Promise<RunLayer> {
    const before = this.#snapshot!;
    const after = scan(this.directory);
    const digests = new Map<string, string>();
    const digestOf = (path: string): string => {
      const known = digests.get(path);
      if (known !== undefined) return known;
      const { digest } = hashFile(this.directory + path);
      digests.set(path, digest);
      return digest;
    };
    const isSame = (path: string, then: FileStamp) => this.#contents.get(then.ino) === digestOf(path);
    const changes = findChanges(before, after, isSame, this.#startedAt);
    assertNoWhiteouts(changes);
    const layer = isEmpty(changes) ? undefined : await this.#pack(changes, digestOf, signal);
    for (const path of changes.touched) restoreTime(this.directory + path, before.get(path)!.mtime);
    this.#remember(after, changes, digests);
    if (layer !== undefined) this.diffIds.push(layer.diffId);
    const files = [...changes.puts].filter(([, { kind }]) => kind === 'file');
    const sockets = [...changes.puts].filter(([, { kind }]) => kind === 'socket').map(([path]) => path);
    return {
      layer,
      files: files.length,
      size: files.reduce((sum, [, { size }]) => sum + size, 0),
      warnings: [
        ...(sockets.length === 0
          ? []
          : [`${sockets.join(', ')}: an image can't contain sockets, so they are left out.`]),
        ...privileged(before, changes),
      ],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #pack(
    changes: Changes,
    digestOf: (path: string) => string,
    signal: AbortSignal | undefined,
  ): Promise<BlobLayer> {
    const file = await this.#options.files.create();
    const tarHash = createHash('sha256');
    const blobHash = createHash('sha256');
    const entries = packChanges(changes, {
      root: this.directory,
      startedAt: this.#startedAt,
      epoch: this.#options.epoch,
      digestOf,
    });
    const hashed = async function* () {
      for await (const chunk of writeTar(entries)) {
        signal?.throwIfAborted();
        tarHash.update(chunk);
        yield chunk;
      }
    };
    let size = 0;
    for await (const chunk of gzip(hashed(), layerGzipOptions)) {
      blobHash.update(chunk);
      await file.append(chunk);
      size += chunk.length;
    }
    return {
      kind: 'blob',
      diffId: `sha256:${tarHash.digest('hex')}`,
      blob: {
        descriptor: {
          mediaType: mediaTypes.dockerLayerGzip,
          size,
          digest: `sha256:${blobHash.digest('hex')}`,
        },
        open: (from) => file.read(from),
      },
    };
  }

  /** The state after a layer is the state before the next one. Packing changed times. */
  #remember(after: Snapshot, changes: Changes, digests: ReadonlyMap<string, string>): void {
    for (const path of [...changes.puts.keys(), ...changes.touched]) {
      const stamp = stampOf(this.directory + path);
      if (stamp === undefined) continue;
      after.set(path, stamp);
      const digest = digests.get(path);
      if (digest !== undefined) this.#contents.set(stamp.ino, digest);
    }
    this.#snapshot = after;
  }

  /** The system's clock for files moves in steps. A change in the same step as the snapshot would go unnoticed. */
  async #waitUntilAfter(latest: number): Promise<number> {
    const probe = join(posix.dirname(this.directory), 'clock');
    for (;;) {
      writeFileSync(probe, '');
      utimesSync(probe, 0, 0);
      const { ctimeMs } = statSync(probe);
      if (ctimeMs > latest) return ctimeMs;
      await setTimeout(2);
    }
  }
}

function isEmpty({ puts, removes }: Changes): boolean {
  return puts.size === 0 && removes.length === 0;
}

function restoreTime(path: string, mtime: number): void {
  lutimesSync(fsPath(path), mtime / 1000, mtime / 1000);
}

function assertNoWhiteouts({ puts }: Changes): void {
  const found = [...puts.keys()].find((path) => posix.basename(path).startsWith('.wh.'));
  if (found === undefined) return;
  throw new RegistryPusherError(
    'FILE_REFUSED',
    `${found}: names that start with .wh. mark deleted files in an image. Give the file another name, or delete it in the same RUN.`,
  );
}

/** Docker keeps them, too. */
function privileged(before: Snapshot, { puts }: Changes): string[] {
  const found = [...puts].filter(
    ([path, { kind, mode, uid }]) =>
      kind === 'file' && (mode & 0o4000) !== 0 && uid === 0 && ((before.get(path)?.mode ?? 0) & 0o4000) === 0,
  );
  if (found.length === 0) return [];
  return [`${found.map(([path]) => path).join(', ')}: whoever starts it becomes root (setuid).`];
}
