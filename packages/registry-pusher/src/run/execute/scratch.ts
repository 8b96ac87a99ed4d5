import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcessesBelow, startTimeOf } from './processes.ts';

const prefix = 'registry-pusher-run-';
const ownerFile = 'owner';

/** A directory for the files of one build's stages. Whoever uses it is named in it, so that others know when it's abandoned. */
export class Scratch {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    process.once('exit', this.#remove);
  }

  /** Creates one, and removes what killed builds left behind: their processes, and their files. */
  static async create(): Promise<Scratch> {
    await removeAbandoned();
    const directory = await mkdtemp(join(tmpdir(), prefix));
    writeFileSync(join(directory, ownerFile), `${process.pid} ${startTimeOf(process.pid) ?? ''}`);
    return new Scratch(directory);
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
    const directory = join(tmpdir(), name);
    if (!name.startsWith(prefix) || !isAbandoned(directory)) continue;
    await killProcessesBelow(directory);
    removeTree(directory);
  }
}

/** Only our own: another user's can't be removed, and may be in use. */
function isAbandoned(directory: string): boolean {
  try {
    const { uid, mtimeMs } = lstatSync(directory);
    if (uid !== process.getuid!()) return false;
    const [pid, startedAt = ''] = readOwner(directory)?.split(' ') ?? [];
    if (pid === undefined) return Date.now() - mtimeMs > 60_000;
    return (startTimeOf(Number(pid)) ?? 'ended') !== startedAt;
  } catch {
    return false;
  }
}

function readOwner(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, ownerFile), 'utf8');
  } catch {
    return undefined;
  }
}

function removeTree(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // The next build removes what is left.
  }
}
