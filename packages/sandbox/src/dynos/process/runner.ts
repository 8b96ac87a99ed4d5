import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageStore } from '../../registry/image-store.ts';
import { copiedDisk } from '../disk/copied-disk.ts';
import type { DynoDisk, MakeDisk } from '../disk/disk.ts';
import type { Dyno, DynoRunner, DynoSpec } from '../dyno.ts';
import { Guard } from './guard.ts';
import { ImageDirectories, type UnpackedImage } from '../image/image-directories.ts';
import { launchOf } from './launch.ts';
import type { OpenBlob } from '../image/layer-source.ts';
import { linkHostPrograms } from '../command/host-programs.ts';
import { overlayDisks } from '../disk/overlay-disk.ts';
import { startProcess } from './process.ts';
import { removeTree } from '../remove-tree.ts';

export interface DynoRunnerOptions {
  /** The directory of unpacked images and dynos' disks. Used by one runner at a time. */
  readonly dir: string;
  readonly images: ImageStore;
  readonly openBlob: OpenBlob;
  /** From SIGTERM to SIGKILL. Default: 30,000 ms, as on Heroku. */
  readonly killAfterMs?: number;
  /** How to create disks. Default: overlays where allowed, or else copies. */
  readonly makeDisk?: MakeDisk;
}

/**
 * Runs dynos as processes on this machine, from the pushed layers, each with its own disk. Such a process sees the whole
 * machine: paths of the image are mapped when it starts, not when it opens files.
 */
export function createDynoRunner(options: DynoRunnerOptions): DynoRunner {
  const { dir, killAfterMs = 30_000 } = options;
  const directories = new ImageDirectories(dir, options.images, options.openBlob);
  const dynos = join(dir, 'disks');
  const guard = new Guard();
  const running = new Map<Dyno, Promise<void>>();
  let prepared: Promise<Prepared> | undefined;

  async function start(spec: DynoSpec): Promise<Dyno> {
    const { hostPrograms, makeDisk } = await (prepared ??= prepare());
    const image = await directories.acquire(spec.image);
    const marker = randomUUID();
    const directory = join(dynos, `${spec.app}-${spec.name}-${marker}`);
    const cleanUp = async (): Promise<void> => {
      try {
        await removeTree(directory);
      } finally {
        await directories.release(spec.image.imageId);
      }
    };
    // The next start removes what can't be removed now: a dyno's end must not end the sandbox.
    const cleanUpOrWarn = (): Promise<void> =>
      cleanUp().catch((error: unknown) =>
        process.emitWarning(`The files of ${spec.app} ${spec.name} are left`, { detail: String(error) }),
      );
    try {
      const { disk, home } = await makeDirectories(directory, image, makeDisk);
      const launch = await launchOf({ ...image, disk, home, hostPrograms }, spec);
      const dyno = await startProcess({ ...spec, ...launch, killAfterMs, guard, marker });
      running.set(
        dyno,
        dyno.exited.then(cleanUpOrWarn).finally(() => running.delete(dyno)),
      );
      return dyno;
    } catch (error) {
      await cleanUpOrWarn();
      throw error;
    }
  }

  async function close(): Promise<void> {
    await Promise.all([...running.keys()].map(async (dyno) => await dyno.stop()));
    await Promise.all(running.values());
    guard.close();
    await directories.removeUnused();
  }

  /** Reuses or removes an earlier sandbox's files. */
  async function prepare(): Promise<Prepared> {
    await removeTree(dynos);
    await mkdir(dynos, { recursive: true });
    await directories.adopt();
    const makeDisk = options.makeDisk ?? (await overlayDisks(dir)) ?? copiedDisk;
    return { makeDisk, hostPrograms: await linkHostPrograms(join(dir, 'host-programs')) };
  }

  const kill = (): void => [...running.keys()].forEach((dyno) => dyno.kill());

  return { start, kill, close };
}

interface Prepared {
  readonly makeDisk: MakeDisk;
  /** The directory of programs that replace an image's. */
  readonly hostPrograms: string;
}

async function makeDirectories(
  directory: string,
  { root }: UnpackedImage,
  makeDisk: MakeDisk,
): Promise<{ disk: DynoDisk; home: string }> {
  const home = join(directory, 'home');
  await mkdir(home, { recursive: true });
  return { home, disk: await makeDisk(root, directory) };
}
