import type { Command } from '../command/command.ts';

/** A dyno's files: a private, writable view of its image's files. */
export interface DynoDisk {
  /** The dyno's `/`. Only the dyno writes to it. */
  readonly root: string;
  /** Returns the command that runs `command` on this disk in `workingDirectory`, created if missing. */
  enter(command: Command, workingDirectory: string): Promise<PlacedCommand>;
}

/** A command, and the directory to start it in. */
export interface PlacedCommand extends Command {
  readonly cwd: string;
}

/** Creates a disk of an image's directory, which stays unchanged. `directory` is an empty directory for the dyno's changes. */
export type MakeDisk = (imageRoot: string, directory: string) => Promise<DynoDisk>;
