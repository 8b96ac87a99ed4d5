import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const root = new URL('../../..', import.meta.url);

/** Builds the command and all that it is made of before the first test: what runs is what people install, and starts sooner. Types are checked elsewhere. */
export default async function build(): Promise<void> {
  try {
    await promisify(execFile)('npx', ['tsc', '-b', '--noCheck', 'packages/cli/tsconfig.lib.json'], { cwd: root });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}
