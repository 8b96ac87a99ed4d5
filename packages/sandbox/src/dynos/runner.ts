import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { standInLabel } from '../base/image.ts';
import type { ImageStore } from '../registry/image-store.ts';
import { type CommandPlace, resolveCommand, runsHere } from './command.ts';
import type { Dyno, DynoRunner, DynoSpec } from './dyno.ts';
import { imageEnvironment } from './environment.ts';
import { Guard } from './guard.ts';
import { ImageFolders, type UnpackedImage } from './image-folders.ts';
import { resolveInImage } from './image-path.ts';
import { isExecutable, lendPrograms } from './lent-programs.ts';
import { startProcess } from './process.ts';
import { removeTree } from './remove-tree.ts';
import type { OpenBlob } from './unpack.ts';

export interface DynoRunnerOptions {
  /** Where images are unpacked and dynos have their home folders. */
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
  const guard = new Guard();
  const running = new Map<Dyno, Promise<void>>();

  async function start(spec: DynoSpec): Promise<Dyno> {
    const image = await folders.acquire(spec.image);
    const home = join(dir, 'homes', `${spec.app}-${spec.name}-${randomUUID()}`);
    const cleanUp = async (): Promise<void> => {
      await removeTree(home);
      await folders.release(spec.image.imageId);
    };
    try {
      await mkdir(home, { recursive: true });
      const dyno = await startProcess({ ...(await prepare(image, spec, home, dir)), killAfterMs, guard });
      const gone = dyno.exited.then(cleanUp).finally(() => running.delete(dyno));
      running.set(dyno, gone);
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

  return { start, close };
}

async function prepare({ root, config }: UnpackedImage, spec: DynoSpec, home: string, dir: string) {
  const settings = config.config ?? {};
  const environment = imageEnvironment(settings.Env ?? [], spec);
  const workingDirectory = await resolveInImage(root, settings.WorkingDir ?? '/');
  await mkdir(workingDirectory, { recursive: true });
  const ownPath = await Promise.all(
    (environment['PATH'] ?? '')
      .split(':')
      .filter(Boolean)
      .map(async (folder) => await resolveInImage(root, folder)),
  );
  const needsLoan = settings.Labels?.[standInLabel] === 'true' || !(await canRunNode(ownPath));
  const lent = needsLoan ? await lendPrograms(join(dir, 'lent')) : undefined;
  const path = lent === undefined ? ownPath : [lent, ...ownPath];
  const place: CommandPlace = { root, path, workingDirectory, lent };
  const words = [...(settings.Entrypoint ?? []), ...(spec.command ?? settings.Cmd ?? [])];
  return {
    command: await resolveCommand(words, place),
    cwd: workingDirectory,
    env: { HOME: home, ...environment, PATH: path.join(':') },
    onOutput: spec.onOutput,
  };
}

/** Whether the image's own Node.js runs here; true when it has none, then it does not matter. */
async function canRunNode(path: readonly string[]): Promise<boolean> {
  for (const folder of path) {
    const node = join(folder, 'node');
    if (await isExecutable(node)) return await runsHere(node);
  }
  return process.platform === 'linux' && process.arch === 'x64';
}
