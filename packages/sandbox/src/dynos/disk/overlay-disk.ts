import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { MakeDisk } from './disk.ts';
import { isExecutable } from '../command/host-programs.ts';
import { removeTree } from '../remove-tree.ts';

const run = promisify(execFile);

/** How to run a process in its own mount namespace. */
interface Namespace {
  readonly enter: readonly string[];
  readonly mountOptions: string;
  readonly leave: readonly string[];
}

// $1: the image's directory, $2: the dyno's, $3: its working directory; its command follows. The shell sets variables
// that the dyno must not see. Paths in mount options are relative, so they never contain a comma or a colon.
const script = (mount: string, mkdir: string, options: string) => `
${mount} -t overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/work${options}" tozo-dyno "$1" || exit 126
${mkdir} -p "$3" && cd "$3" || exit 126
shift 3
unset PWD OLDPWD SHLVL
exec "$@"
`;

/**
 * Creates disks with Linux's overlay file system: they show the image's directory and keep a dyno's changes elsewhere.
 * Each is in a mount namespace that ends with its dyno. Returns undefined where the system doesn't allow it: not Linux, a
 * container without the privilege, a directory that is on an overlay itself.
 *
 * @param base the directory of all images and dynos
 */
export async function overlayDisks(base: string): Promise<MakeDisk | undefined> {
  const programs = await Promise.all(['unshare', 'mount', 'mkdir'].map(findProgram));
  const [unshare, mount, mkdirProgram] = programs;
  if (process.platform !== 'linux' || !unshare || !mount || !mkdirProgram) return undefined;
  const namespace = namespaceFor(unshare);
  const makeDisk = overlayDisk(base, namespace, script(mount, mkdirProgram, namespace.mountOptions));
  const { dev } = await stat(base);
  const trial = trials.get(dev) ?? works(makeDisk, base);
  trials.set(dev, trial);
  return (await trial) ? makeDisk : undefined;
}

/** Whether overlays work, by device. Tried once each. */
const trials = new Map<number, Promise<boolean>>();

function overlayDisk(base: string, { enter, leave }: Namespace, text: string): MakeDisk {
  const [file = '', ...first] = enter;
  return async (imageRoot, directory) => {
    await Promise.all(['changes', 'work'].map(async (name) => await mkdir(join(directory, name))));
    const paths = [imageRoot, directory].map((path) => relative(base, path));
    return {
      root: imageRoot,
      enter: (command, workingDirectory) => {
        const words = [...leave, command.file, ...command.args];
        const args = [...first, '/bin/sh', '-c', text, 'tozo-dyno', ...paths, workingDirectory, ...words];
        return Promise.resolve({ file, args, cwd: base });
      },
    };
  };
}

/** Root needs only a mount namespace. Other users also need a user namespace, where they may mount as root. */
function namespaceFor(unshare: string): Namespace {
  if (process.getuid?.() === 0) return { enter: [unshare, '--mount'], mountOptions: '', leave: [] };
  const ids = [`--map-user=${process.getuid?.()}`, `--map-group=${process.getgid?.()}`];
  return {
    enter: [unshare, '--user', '--map-root-user', '--mount'],
    mountOptions: ',userxattr',
    leave: [unshare, '--user', ...ids],
  };
}

/** Returns whether a file written on such a disk stays out of the image. */
async function works(makeDisk: MakeDisk, base: string): Promise<boolean> {
  const directory = join(base, `probe-${randomUUID()}`);
  const image = join(directory, 'image');
  try {
    await mkdir(image, { recursive: true });
    await writeFile(join(image, 'file'), 'image');
    const disk = await makeDisk(image, directory);
    const write = { file: '/bin/sh', args: ['-c', 'printf dyno > ../file'] };
    const { file, args, cwd } = await disk.enter(write, join(image, 'made'));
    await run(file, args, { cwd, env: {} });
    const contents = await Promise.all(
      [join(image, 'file'), join(directory, 'changes/file')].map((path) => readFile(path)),
    );
    return contents.join() === 'image,dyno';
  } catch {
    return false;
  } finally {
    await removeTree(directory);
  }
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    if (await isExecutable(join(directory, name))) return join(directory, name);
  }
  return undefined;
}
