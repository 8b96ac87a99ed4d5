import { lutimesSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { Digest } from '../../image/digest.ts';
import type { BlobLayer } from '../../image/image.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { ChainLayer, RecordOptions, RootFilesystem, RunLayer } from '../executor.ts';
import { type Changes, findChanges, isUntouched } from './changes.ts';
import type { Contents } from './contents.ts';
import { type Attributes, findGnuTar, readAttributes } from './extended-attributes.ts';
import { type Owners, realOwners } from './owners.ts';
import { hashFile, packChanges } from './pack.ts';
import { LayerSearch } from '../../tar/layer-search.ts';
import { packLayer } from './pack-layer.ts';
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
  /** Default: the files' own. */
  readonly owners?: Owners | undefined;
}

/** An image's files, unpacked. */
export class UnpackedRoot implements RootFilesystem {
  readonly directory: string;
  readonly diffIds: Digest[] = [];
  readonly paths: Root;
  readonly #options: RootOptions;
  readonly #owners: Owners;
  readonly #contents: Contents = new Map();
  /** Extended attributes of the last moment, by path. */
  readonly #attributes = new Map<string, Attributes>();
  #snapshot: Snapshot | undefined;
  #startedAt = 0;

  constructor(options: RootOptions) {
    mkdirSync(options.directory, { mode: 0o755 });
    this.directory = options.directory;
    this.#options = options;
    this.#owners = options.owners ?? realOwners;
    this.paths = new Root(options.directory);
  }

  async unpack(layer: ChainLayer, signal?: AbortSignal): Promise<void> {
    this.#snapshot = undefined;
    const found = { contents: this.#contents, attributes: this.#attributes, owners: this.#owners };
    await unpackLayer(new Root(this.directory), await layer.open(), found, signal);
    this.diffIds.push(layer.diffId);
  }

  /** Remembers all files. What happens from now on is a change. */
  async start(): Promise<void> {
    this.#snapshot ??= withAttributes(scan(this.directory, this.#owners), this.#attributes);
    const latest = [...this.#snapshot.values()].reduce((max, { ctime }) => Math.max(max, ctime), 0);
    this.#startedAt = await this.#waitUntilAfter(latest);
  }

  async record({ signal, secrets = [] }: RecordOptions = {}): Promise<RunLayer> {
    const before = this.#snapshot!;
    const after = await this.#readAttributes(before, scan(this.directory, this.#owners));
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
    const search = new LayerSearch(secrets);
    const layer = isEmpty(changes) ? undefined : await this.#pack(changes, digestOf, search, signal);
    for (const path of changes.touched) restoreTime(this.directory + path, before.get(path)!.mtime);
    this.#remember(after, changes, digests);
    if (layer !== undefined) this.diffIds.push(layer.diffId);
    const files = [...changes.puts].filter(([, { kind }]) => kind === 'file');
    const sockets = [...changes.puts].filter(([, { kind }]) => kind === 'socket').map(([path]) => path);
    return {
      layer,
      ...(search.found === undefined ? {} : { secret: search.found }),
      files: files.length,
      size: files.reduce((sum, [, { size }]) => sum + size, 0),
      warnings: [
        ...(sockets.length === 0
          ? []
          : [`${sockets.join(', ')}: an image can't contain sockets, so they are left out.`]),
        ...(files.length > 0 && findGnuTar() === undefined ? [attributesUnknown] : []),
        ...privileged(before, changes),
      ],
    };
  }

  /** Adds the extended attributes: those of before, and of what was touched those that it has now. */
  async #readAttributes(before: Snapshot, scanned: Snapshot): Promise<Snapshot> {
    const touched = [...scanned].flatMap(([path, now]) => {
      const then = before.get(path);
      const hasAny = now.kind === 'file' || now.kind === 'directory';
      return hasAny && (then === undefined || !isUntouched(then, now)) ? [path] : [];
    });
    for (const path of touched) this.#attributes.delete(path);
    for (const [path, attributes] of await readAttributes(this.directory, touched))
      this.#attributes.set(path, attributes);
    return withAttributes(scanned, this.#attributes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #pack(
    changes: Changes,
    digestOf: (path: string) => string,
    search: LayerSearch,
    signal: AbortSignal | undefined,
  ): Promise<BlobLayer> {
    const { files, epoch } = this.#options;
    const options = { root: this.directory, startedAt: this.#startedAt, epoch, digestOf };
    return packLayer(search.watch(packChanges(changes, options)), files, signal);
  }

  /** The state after a layer is the state before the next one. Packing changed times. */
  #remember(after: Snapshot, changes: Changes, digests: ReadonlyMap<string, string>): void {
    for (const path of [...changes.puts.keys(), ...changes.touched]) {
      const stamp = stampOf(this.directory + path, this.#owners);
      if (stamp === undefined) continue;
      const { attributes } = after.get(path) ?? {};
      after.set(path, attributes === undefined ? stamp : { ...stamp, attributes });
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

function withAttributes(snapshot: Snapshot, attributes: ReadonlyMap<string, Attributes>): Snapshot {
  for (const [path, found] of attributes) {
    const stamp = snapshot.get(path);
    if (stamp !== undefined) snapshot.set(path, { ...stamp, attributes: found });
  }
  return snapshot;
}

const attributesUnknown =
  'extended attributes of files, such as those of setcap, are left out: this machine has no GNU tar.';

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
