import { setFlagsFromString } from 'node:v8';
import type { ProcessContext } from './process-context.ts';

/** How long what a finished command left open may take. Then it ends with the process. */
const lingerMs = 1000;

/** Runs a command in this process and sets its exit code. */
export async function runProcess(runCommand: (process: ProcessContext) => Promise<number>): Promise<void> {
  // undici's parser is WebAssembly. Optimizing it takes longer than most commands, and the end of the process waits for it.
  setFlagsFromString('--liftoff-only');
  const { env, stdin, stdout, stderr } = process;
  const onCrash = (handle: (error: unknown) => number): void => {
    process.on('uncaughtException', (error) => process.exit(handle(error)));
  };
  process.exitCode = await runCommand({ cwd: process.cwd(), env, stdin, stdout, stderr, onCrash });
  setTimeout(() => process.exit(), lingerMs).unref();
}
