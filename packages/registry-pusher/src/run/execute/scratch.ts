import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcessesBelow, startTimeOf } from './processes.ts';

const prefix = 'registry-pusher-run-';

/**
 * A directory for the files of one build's stages. Its name contains the build's process ID and start time: other builds can tell
 * when it's abandoned, and still can if it's only partly removed.
 */
export class Scratch {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    process.once('exit', this.#remove);
  }

  /** Creates one, and removes what killed builds left behind: their processes, and their files. */
  static async create(): Promise<Scratch> {
    await removeAbandoned();
    const owner = `${process.pid}-${startTimeOf(process.pid) ?? ''}-`;
    return new Scratch(await mkdtemp(join(tmpdir(), prefix + owner)));
  }

  async close(): Promise<void> {
    process.removeListener('exit', this.#remove);
    await killProcessesBelow(this.directory);
    this.#remove();
  }

  readonly #remove = (): void => {
    removeTree(this.directory);
  };
}

async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const [pid, startedAt] = name.slice(prefix.length).split('-');
    const directory = join(tmpdir(), name);
    if ((startTimeOf(Number(pid)) ?? 'ended') === startedAt || !isOwn(directory)) continue;
    await killProcessesBelow(directory);
    removeTree(directory);
  }
}

/** Another user's can't be removed, and may be in use. */
function isOwn(directory: string): boolean {
  return lstatSync(directory, { throwIfNoEntry: false })?.uid === process.getuid!();
}

function removeTree(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // The next build removes what is left.
  }
}
