import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives a run of tests a temporary directory of its own, which the tests and the processes that they start use by TMPDIR. It's
 * removed after the run, with what tests leave in it. Like /tmp, it's for all users: some tests start processes as others.
 */
export default async function createTemporaryDirectory(): Promise<() => Promise<void>> {
  const before = process.env['TMPDIR'];
  const directory = await mkdtemp(join(tmpdir(), 'tozo-'));
  await chmod(directory, 0o1777);
  process.env['TMPDIR'] = directory;
  return async () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await rm(directory, { recursive: true, force: true, maxRetries: 10 }).catch((error: Error) =>
      process.emitWarning(error),
    );
  };
}
