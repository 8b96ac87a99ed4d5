import { mkdirSync } from 'node:fs';
import type { RunOptions } from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { commandOf, enterRoot, environmentOf, findSetpriv } from './command.ts';
import { deviceLinks, devices } from './devices.ts';
import type { MountSource, PreparedMounts } from './mount-sources.ts';
import { fsPath, lstat } from './paths.ts';
import { findProgram, quote, quoteAll, tryProgram } from './programs.ts';
import type { UnpackedRoot } from './root-filesystem.ts';
import { runProcess } from './run-process.ts';
import { Stubs } from './stubs.ts';
import { resolveUser } from './user.ts';

/** How processes get namespaces of their own. They end with the first one, and that one with this process. */
export function unshareCommand(flags: readonly string[] = []): string[] {
  const setpriv = findSetpriv();
  return [
    ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--']),
    findProgram('unshare')!,
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child=KILL',
    '--propagation',
    'private',
    ...flags,
    '--',
    '/bin/sh',
    '-c',
  ];
}

/**
 * Returns whether they are allowed, by mounting a /proc that only the trying process sees.
 * @param enter a command that starts a program elsewhere
 */
export function canUseNamespaces(enter: readonly string[] = []): boolean {
  if (findProgram('unshare') === undefined || findProgram('mount') === undefined) return false;
  const mount = 'mount -t proc proc /proc && mount -t tmpfs tmpfs /sys';
  return tryProgram([...enter, ...unshareCommand(), mount]).succeeds;
}

/** Executes a RUN in a mount and pid namespace of its own, with the real /proc and mounts that only it sees. */
export async function runInNamespaces(
  step: RunStep,
  root: UnpackedRoot,
  { mounts, variables }: PreparedMounts,
  options: RunOptions,
  { setsGroups }: { readonly setsGroups: boolean },
): Promise<void> {
  const { paths } = root;
  const stubs = new Stubs(paths);
  try {
    const user = resolveUser(step.user, paths);
    const workdir = makeWorkdir(root, step.workdir);
    const script = [
      'set -e',
      ...mountSystem(stubs),
      ...mounts.flatMap((mount) => mountAt(mount, stubs)),
      ...(step.network === 'none' ? [startLoopback] : []),
      'umask 022',
      `exec ${quoteAll(
        enterRoot({
          root: paths,
          user,
          workdir,
          environment: environmentOf(step, user, variables),
          command: commandOf(step),
          dropCapabilities: true,
          setsGroups,
        }),
      )}`,
    ].join('\n');
    const flags = step.network === 'none' ? ['--net'] : [];
    await runProcess(step, [...unshareCommand(flags), `exec 2>&1\n${script}`], options, async () => undefined);
  } finally {
    stubs.remove();
  }
}

/** Returns the working directory without links. Container runtimes create a missing one. */
export function makeWorkdir(root: UnpackedRoot, workdir: string): string {
  const resolved = root.paths.resolve(workdir);
  if (lstat(root.paths.at(resolved)) === undefined)
    mkdirSync(fsPath(root.paths.at(resolved)), { recursive: true, mode: 0o755 });
  return resolved;
}

const startLoopback = '{ ip link set lo up || ifconfig lo up; } >/dev/null 2>&1 || true';

function mountSystem(stubs: Stubs): string[] {
  const dev = stubs.directory('/dev');
  const proc = stubs.directory('/proc');
  const sys = stubs.directory('/sys');
  const at = (name: string) => quote(`${dev}/${name}`);
  return [
    `mount -t tmpfs -o mode=755,nosuid,size=65536k tmpfs ${quote(dev)}`,
    ...devices.map(([name]) => `: > ${at(name)}; mount --bind /dev/${name} ${at(name)}`),
    ...deviceLinks.map(([name, target]) => `ln -s ${target} ${at(name)}`),
    `mkdir ${at('shm')} ${at('pts')} ${at('mqueue')}`,
    `mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=65536k shm ${at('shm')}`,
    `mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts ${at('pts')} 2>/dev/null || true`,
    `ln -s pts/ptmx ${at('ptmx')}`,
    `mount -t proc -o nosuid,nodev,noexec proc ${quote(proc)}`,
    `mount -t sysfs -o ro,nosuid,nodev,noexec sysfs ${quote(sys)} 2>/dev/null || true`,
  ];
}

function mountAt({ target, kind, path, writes, size }: MountSource, stubs: Stubs): string[] {
  const inDevices = target.startsWith('/dev/');
  const at = quote(kind === 'file' ? stubs.file(target) : inDevices ? stubs.under(target) : stubs.directory(target));
  const made = inDevices ? [`mkdir -p ${at}`] : [];
  if (path === undefined) {
    const limit = size === undefined ? '' : `,size=${size}`;
    return [...made, `mount -t tmpfs -o mode=1777,nosuid,nodev${limit} tmpfs ${at}`];
  }
  return [...made, `mount --bind ${quote(path)} ${at}`, ...(writes === 'refused' ? [remountReadOnly(at)] : [])];
}

/** A user namespace may not drop what the mount has, such as nosuid of /tmp. */
function remountReadOnly(at: string): string {
  const options = ['', ',nosuid,nodev', ',nosuid,nodev,noexec'];
  return options.map((more) => `mount -o remount,bind,ro${more} ${at} 2>/dev/null`).join(' || ');
}
