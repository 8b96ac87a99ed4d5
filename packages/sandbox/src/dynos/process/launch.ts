import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { standInLabel } from '../../base/image.ts';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { PushedImage } from '../../registry/image-store.ts';
import { resolveCommand, runsHere } from '../command/command.ts';
import type { DynoDisk, PlacedCommand } from '../disk/disk.ts';
import type { DynoSpec } from '../dyno.ts';
import { imageEnvironment } from '../environment.ts';
import { assertUser } from '../image/assert-user.ts';
import { resolveInImage } from '../image/image-path.ts';
import { readSettings } from '../image/image-settings.ts';
import { isExecutable } from '../command/host-programs.ts';

/** What a dyno needs to start. */
export interface DynoPlace {
  readonly config: PushedImage['config'];
  readonly disk: DynoDisk;
  /** Its home directory. */
  readonly home: string;
  /** The directory of this machine's programs that replace the image's. */
  readonly hostPrograms: string;
}

/** Returns how to start a dyno's process: program, arguments, directory and environment. */
export async function launchOf(
  { config, disk, home, ...place }: DynoPlace,
  spec: DynoSpec,
): Promise<{ command: PlacedCommand; env: Readonly<Record<string, string>> }> {
  const { root } = disk;
  const settings = readSettings(config);
  await assertUser(root, settings.user);
  const environment = imageEnvironment(settings.env, spec);
  const imagePath = (environment['PATH'] ?? '').split(':').map((directory) => resolveInImage(root, directory));
  const isStandIn = settings.labels[standInLabel] === 'true';
  const hostPrograms = isStandIn || !(await runsOwnNode(imagePath)) ? place.hostPrograms : undefined;
  const path = hostPrograms === undefined ? imagePath : [hostPrograms, ...imagePath];
  const workingDirectory = await workingDirectoryOf(root, settings.workingDirectory);
  const words = [...settings.entrypoint, ...(spec.command ?? settings.cmd)];
  const command = await resolveCommand(words, { root, path, workingDirectory, hostPrograms });
  return {
    command: await disk.enter(command, workingDirectory),
    env: { HOME: home, ...environment, PATH: path.join(':') },
  };
}

/** Returns whether the image's own Node.js runs here, or would if the image had one. */
async function runsOwnNode(path: readonly string[]): Promise<boolean> {
  for (const directory of path) {
    const node = join(directory, 'node');
    if (await isExecutable(node)) return await runsHere(node);
  }
  return process.platform === 'linux' && process.arch === 'x64';
}

async function workingDirectoryOf(root: string, path: string): Promise<string> {
  const directory = resolveInImage(root, path);
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => error);
  const isFree = found instanceof Error && found.code === 'ENOENT';
  if (!isFree && (found instanceof Error || !found.isDirectory())) {
    throw new SandboxError('IMAGE_INVALID', `the image's WORKDIR ${path} isn't a directory`);
  }
  return directory;
}
