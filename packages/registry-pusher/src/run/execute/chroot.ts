import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RunOptions } from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { commandOf, enterRoot, environmentOf } from './command.ts';
import { deviceLinks, devices } from './devices.ts';
import type { MountSource, PreparedMounts } from './mount-sources.ts';
import { makeWorkdir } from './namespaces.ts';
import { emptyDirectory, writePaperProc } from './paper-proc.ts';
import { fsPath, lstat, type Root } from './paths.ts';
import { killProcessesBelow } from './processes.ts';
import { cleanEnv, quoteAll } from './programs.ts';
import type { UnpackedRoot } from './root-filesystem.ts';
import { runProcess } from './run-process.ts';
import { scan } from './scan.ts';
import { Stubs } from './stubs.ts';
import { resolveUser } from './user.ts';

/**
 * Executes a RUN by chroot, where nothing can be mounted: with device nodes, static files as /proc, and copies in place of
 * mounts. It isolates mistakes, not malice: root can leave a chroot.
 * @param directory for files that are moved aside
 */
export async function runInChroot(
  step: RunStep,
  root: UnpackedRoot,
  { mounts, variables }: PreparedMounts,
  directory: string,
  options: RunOptions,
): Promise<void> {
  const { paths } = root;
  assertPossible(step);
  const stubs = new Stubs(paths);
  const copies = new Copies(paths, stubs, join(directory, 'aside'));
  try {
    makeSystem(stubs);
    const user = resolveUser(step.user, paths);
    const workdir = makeWorkdir(root, step.workdir);
    for (const mount of mounts) copies.put(mount);
    const script = `exec 2>&1\numask 022\nexec ${quoteAll(
      enterRoot({
        root: paths,
        user,
        workdir,
        environment: environmentOf(step, user, variables),
        command: commandOf(step),
        dropCapabilities: false,
        setsGroups: true,
      }),
    )}`;
    await runProcess(step, ['/bin/sh', '-c', script], options, () => killProcessesBelow(root.directory));
    copies.assertSecretsStayed(step);
  } finally {
    await killProcessesBelow(root.directory);
    copies.restore();
    clearSystem(paths);
    stubs.remove();
  }
}

function assertPossible({ line, network }: RunStep): void {
  if (network !== 'none') return;
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `Dockerfile line ${line}: --network=none needs a network namespace, which this machine doesn't allow. ` +
      `Leave it out, run the job where namespaces are allowed, or use --builder docker.`,
  );
}

function makeSystem(stubs: Stubs): void {
  const dev = stubs.directory('/dev');
  writePaperProc(stubs.directory('/proc'));
  stubs.directory('/sys');
  for (const [name, major, minor] of devices) {
    const path = join(dev, name);
    if (lstat(path)?.isCharacterDevice() === true) continue;
    rmSync(path, { recursive: true, force: true });
    runTool(['mknod', '-m', '666', path, 'c', String(major), String(minor)]);
  }
  for (const [name, target] of deviceLinks)
    if (lstat(join(dev, name)) === undefined) symlinkSync(target, join(dev, name));
  for (const [name, mode] of [['shm', 0o1777] as const, ['pts', 0o755] as const]) {
    mkdirSync(join(dev, name), { recursive: true });
    chmodSync(join(dev, name), mode);
  }
}

/** What was made for the command isn't there when a layer is unpacked over it. */
function clearSystem(root: Root): void {
  for (const [name] of [...devices, ...deviceLinks, ['shm'], ['pts'], ['pipes']])
    rmSync(join(root.at('/dev'), name), { recursive: true, force: true });
  const proc = root.at(root.resolve('/proc'));
  if (lstat(proc)?.isDirectory() === true) emptyDirectory(proc);
}

interface Copy {
  readonly mount: MountSource;
  readonly at: string;
  /** Where the image's own file is meanwhile. */
  readonly aside: string | undefined;
}

/** Copies in place of mounts. */
class Copies {
  readonly #root: Root;
  readonly #stubs: Stubs;
  readonly #aside: string;
  readonly #copies: Copy[] = [];

  constructor(root: Root, stubs: Stubs, aside: string) {
    this.#root = root;
    this.#stubs = stubs;
    this.#aside = aside;
    mkdirSync(aside, { recursive: true });
  }

  put(mount: MountSource): void {
    const { target, kind, path } = mount;
    const at = kind === 'file' ? this.#stubs.file(target) : this.#stubs.directory(target);
    const aside = join(this.#aside, String(this.#copies.length));
    renameSync(fsPath(at), aside);
    this.#copies.push({ mount, at, aside });
    if (path === undefined) {
      mkdirSync(fsPath(at), { mode: 0o1777 });
      chmodSync(fsPath(at), 0o1777);
    } else if (mount.writes === 'kept') renameSync(path, fsPath(at));
    else runTool(['cp', '-a', path, at]);
  }

  /** A hard link would keep a secret in the image. */
  assertSecretsStayed({ line, text }: RunStep): void {
    for (const { mount, at } of this.#copies)
      if (mount.isSecret === true && (lstat(at)?.nlink ?? 1) > 1)
        throw new RegistryPusherError(
          'FILE_REFUSED',
          `Dockerfile line ${line}: ${text}: it made a hard link to the secret ${mount.target}, which would be in the image. Nothing was pushed.`,
        );
  }

  restore(): void {
    for (const { mount, at, aside } of this.#copies.splice(0).reverse()) {
      if (mount.writes === 'kept') moveOut(at, mount.path!);
      rmSync(fsPath(at), { recursive: true, force: true });
      if (aside !== undefined && existsSync(aside)) renameSync(aside, fsPath(at));
    }
    this.#root.forget('/');
  }
}

/** Moves a cache out of the image. A hard link between both would let a later command change the cache. */
function moveOut(at: string, path: string): void {
  if (lstat(at)?.isDirectory() !== true) return;
  const isLinked = [...scan(at).values()].some(({ kind, names }) => kind === 'file' && names > 1);
  if (isLinked) runTool(['cp', '-a', at, path]);
  else renameSync(fsPath(at), path);
}

function runTool(argv: readonly string[]): void {
  const { status, stderr, error } = spawnSync(argv[0]!, argv.slice(1), { env: cleanEnv, encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${argv[0]}: ${stderr.trim()}`);
}

/** Returns whether a device node can be made and used in a directory. */
export function canMakeDevices(directory: string): boolean {
  const path = join(directory, 'null');
  try {
    runTool(['mknod', '-m', '666', path, 'c', '1', '3']);
    runTool(['/bin/sh', '-c', ': > "$0"', path]);
    return statSync(path).isCharacterDevice();
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}
