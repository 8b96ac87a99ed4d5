import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '../state/state-directory.ts';
import { writeStateFile } from '../state/state-file.ts';
import { type Check, ok, problem } from './check.ts';

/** Checks that tozo's state directory can be written to: there are the lease and the records. */
export async function checkState(directory = stateDirectory()): Promise<Check> {
  const file = join(directory, `doctor-${randomUUID()}`);
  try {
    await writeStateFile(file, 'test');
    await rm(file);
    return ok('state', `${directory} can be written to`);
  } catch (error) {
    return problem(
      'state',
      `${directory} can't be written to: ${(error as Error).message}. Deploys keep their lease and records there.`,
      'export XDG_STATE_HOME="$HOME/.local/state" && mkdir -p "$XDG_STATE_HOME"',
    );
  }
}
