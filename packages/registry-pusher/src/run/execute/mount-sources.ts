import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { RunOptions } from '../executor.ts';
import type { RunMount, RunStep } from '../run-step.ts';
import { scriptDirectory } from './command.ts';
import { hostsOf, resolvConf } from './network-files.ts';

/** Something that a RUN sees at a path and that isn't in the image. */
export interface MountSource {
  /** Absolute in the image. */
  readonly target: string;
  readonly kind: 'directory' | 'file' | 'empty';
  /** The files on this machine; undefined for an empty directory. */
  readonly path?: string;
  /** What the command writes stays, is lost, or is refused. */
  readonly writes: 'kept' | 'lost' | 'refused';
  /** Bytes that an empty directory may grow to. */
  readonly size?: number;
  /** A secret. It must not become a part of the image. */
  readonly isSecret?: boolean;
}

export interface PreparedMounts {
  /** In the order in which they are mounted: a later one may be inside an earlier one. */
  readonly mounts: readonly MountSource[];
  /** Variables with secrets. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Prepares the files of a RUN's mounts in a directory for this RUN only.
 * @param caches where cache mounts stay for the next RUN
 * @throws RegistryPusherError OPTIONS_INVALID for a required secret that wasn't passed
 */
export async function prepareMounts(
  step: RunStep,
  directory: string,
  caches: string,
  options: RunOptions,
): Promise<PreparedMounts> {
  mkdirSync(directory, { mode: 0o700 });
  const variables: Record<string, string> = {};
  const mounts: MountSource[] = [
    networkFile('/etc/resolv.conf', resolvConf()),
    networkFile('/etc/hosts', hostsOf()),
    ...scriptMount(step, directory),
  ];
  for (const [index, mount] of step.mounts.entries()) {
    const own = join(directory, String(index));
    switch (mount.type) {
      case 'tmpfs':
        mounts.push({ target: mount.target, kind: 'empty', writes: 'lost', ...sizeOf(mount) });
        break;
      case 'cache':
        mounts.push({
          target: mount.target,
          kind: 'directory',
          path: openCache(mount, caches),
          writes: mount.readOnly ? 'refused' : 'kept',
        });
        break;
      case 'bind': {
        const { path, isDirectory } = await options.bindSource(step, index);
        mounts.push({
          target: mount.target,
          kind: isDirectory ? 'directory' : 'file',
          path,
          writes: mount.readWrite ? 'lost' : 'refused',
        });
        break;
      }
      case 'secret': {
        const value = options.secrets[mount.id];
        if (value === undefined && mount.required) throw secretMissingError(step, mount.id);
        if (value === undefined) break;
        if (mount.env !== undefined) variables[mount.env] = value;
        if (mount.target === undefined) break;
        writeFileSync(own, value, { mode: 0o600 });
        giveTo(own, mount);
        chmodSync(own, mount.mode);
        mounts.push({ target: mount.target, kind: 'file', path: own, writes: 'refused', isSecret: true });
      }
    }
  }
  return { mounts, variables };

  function networkFile(target: string, text: string): MountSource {
    const path = join(directory, target.replaceAll('/', '_'));
    writeFileSync(path, text, { mode: 0o644 });
    chmodSync(path, 0o644);
    return { target, kind: 'file', path, writes: 'lost' };
  }
}

function sizeOf({ size }: { readonly size?: number }): { size?: number } {
  return size === undefined ? {} : { size };
}

function scriptMount({ command }: RunStep, directory: string): MountSource[] {
  if (command.form !== 'script') return [];
  const path = join(directory, 'pipes');
  mkdirSync(path, { mode: 0o755 });
  chmodSync(path, 0o755);
  writeFileSync(join(path, command.name), command.content);
  chmodSync(join(path, command.name), 0o755);
  return [{ target: scriptDirectory, kind: 'directory', path, writes: 'refused' }];
}

function openCache(mount: Extract<RunMount, { type: 'cache' }>, caches: string): string {
  const name = createHash('sha256').update(mount.id).digest('hex').slice(0, 32);
  const path = join(caches, name);
  if (mount.sharing === 'private') rmSync(path, { recursive: true, force: true });
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true });
    giveTo(path, mount);
    chmodSync(path, mount.mode);
  }
  return path;
}

function giveTo(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (uid !== 0 || gid !== 0) chownSync(path, uid, gid);
}

function secretMissingError({ line }: RunStep, id: string): RegistryPusherError {
  return new RegistryPusherError(
    'OPTIONS_INVALID',
    `Dockerfile line ${line}: RUN requires the secret ${id}: pass --secret id=${id},src=FILE or env=VARIABLE.`,
  );
}
