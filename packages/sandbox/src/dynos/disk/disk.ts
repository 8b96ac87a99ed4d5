import type { Command } from '../command/command.ts';

/** What a dyno's files are: all of its image's, to be changed as it likes, and seen by no other dyno. */
export interface DynoDisk {
  /** Folder that means `/` for the dyno, and only for the dyno may be written to. */
  readonly root: string;
  /** The command that runs `command` on this disk with `workingDirectory`, which is made when missing, as its folder. */
  enter(command: Command, workingDirectory: string): Promise<PlacedCommand>;
}

/** A command, and the folder in which this process has to start it. */
export interface PlacedCommand extends Command {
  readonly cwd: string;
}

/** Makes a disk of an image's folder, which stays as it is; `folder` is an empty one for what the dyno changes. */
export type MakeDisk = (imageRoot: string, folder: string) => Promise<DynoDisk>;
