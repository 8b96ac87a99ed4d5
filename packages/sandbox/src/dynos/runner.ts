import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { standInLabel } from '../base/image.ts';
import { SandboxError } from '../errors.ts';
import type { ImageStore } from '../registry/image-store.ts';
import { resolveCommand, runsHere } from './command.ts';
import type { Dyno, DynoRunner, DynoSpec } from './dyno.ts';
import { imageEnvironment } from './environment.ts';
import { Guard } from './guard.ts';
import { ImageFolders, type UnpackedImage } from './image-folders.ts';
import { resolveInImage } from './image-path.ts';
import { readSettings } from './image-settings.ts';
import { isExecutable, lendPrograms } from './lent-programs.ts';
import { startProcess } from './process.ts';
import { removeTree } from './remove-tree.ts';
import type { OpenBlob } from './unpack.ts';

export interface DynoRunnerOptions {
  /** Where images are unpacked and dynos have their home folders; one runner at a time. */
  readonly dir: string;
  readonly images: ImageStore;
  readonly openBlob: OpenBlob;
  /** From SIGTERM to SIGKILL. Default: 30,000 ms, as at Heroku. */
  readonly killAfterMs?: number;
}

/**
 * Runs dynos as processes of this machine, from the layers that were pushed. Such a process sees the whole machine: paths
 * of the image are mapped where it is started, not where it opens files.
 */
export function createDynoRunner({ dir, images, openBlob, killAfterMs = 30_000 }: DynoRunnerOptions): DynoRunner {
  const folders = new ImageFolders(join(dir, 'images'), images, openBlob);
  const homes = join(dir, 'homes');
  const guard = new Guard();
  const running = new Map<Dyno, Promise<void>>();
  let prepared: Promise<string> | undefined;

  async function start(spec: DynoSpec): Promise<Dyno> {
    const lent = await (prepared ??= prepareFolders());
    const image = await folders.acquire(spec.image);
    const home = join(homes, `${spec.app}-${spec.name}-${randomUUID()}`);
    const cleanUp = async (): Promise<void> => {
      await removeTree(home);
      await folders.release(spec.image.imageId);
    };
    try {
      await mkdir(home);
      const dyno = await startProcess({ ...(await launchOf(image, spec, { home, lent })), killAfterMs, guard });
      running.set(
        dyno,
        dyno.exited.then(cleanUp).finally(() => running.delete(dyno)),
      );
      return dyno;
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }

  async function close(): Promise<void> {
    await Promise.all([...running.keys()].map(async (dyno) => await dyno.stop()));
    await Promise.all(running.values());
    guard.close();
    await folders.removeUnused();
  }

  /** What an earlier sandbox left is taken over or removed; resolves to the folder of programs to lend. */
  async function prepareFolders(): Promise<string> {
    await removeTree(homes);
    await mkdir(homes, { recursive: true });
    await folders.adopt();
    return await lendPrograms(join(dir, 'lent'));
  }

  return { start, close };
}

/** How a dyno's process is started: program, arguments, folder and environment. */
async function launchOf({ root, config }: UnpackedImage, spec: DynoSpec, folders: { home: string; lent: string }) {
  const settings = readSettings(config);
  const environment = imageEnvironment(settings.env, spec);
  const imagePath = (environment['PATH'] ?? '').split(':').map((folder) => resolveInImage(root, folder));
  const isStandIn = settings.labels[standInLabel] === 'true';
  const lent = isStandIn || !(await runsOwnNode(imagePath)) ? folders.lent : undefined;
  const path = lent === undefined ? imagePath : [lent, ...imagePath];
  const workingDirectory = await makeWorkingDirectory(root, settings.workingDirectory);
  const words = [...settings.entrypoint, ...(spec.command ?? settings.cmd)];
  return {
    command: await resolveCommand(words, { root, path, workingDirectory, lent }),
    cwd: workingDirectory,
    env: { HOME: folders.home, ...environment, PATH: path.join(':') },
    onOutput: spec.onOutput,
  };
}

/** Whether the image's own Node.js runs here; where it has none, whether one would. */
async function runsOwnNode(path: readonly string[]): Promise<boolean> {
  for (const folder of path) {
    const node = join(folder, 'node');
    if (await isExecutable(node)) return await runsHere(node);
  }
  return process.platform === 'linux' && process.arch === 'x64';
}

async function makeWorkingDirectory(root: string, path: string): Promise<string> {
  const folder = resolveInImage(root, path);
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw new SandboxError('IMAGE_INVALID', `the image's WORKDIR ${path} is not a folder`, { cause: error });
  }
}
