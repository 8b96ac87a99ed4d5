import { setFlagsFromString } from 'node:v8';
import { runCommand } from './run-command.ts';

/** How long what a finished command left open may take. Then it ends with the process. */
const lingerMs = 1000;

/**
 * Runs the command `tozo` and sets the process's exit code.
 * @param argv the arguments after the command's name
 */
export async function run(argv: readonly string[]): Promise<void> {
  // undici's parser is WebAssembly. Optimizing it takes longer than most commands, and the end of the process waits for it.
  setFlagsFromString('--liftoff-only');
  const { env, stdin, stdout, stderr } = process;
  const onCrash = (handle: (error: unknown) => number): void => {
    process.on('uncaughtException', (error) => process.exit(handle(error)));
  };
  process.exitCode = await runCommand(argv, { cwd: process.cwd(), env, stdin, stdout, stderr, onCrash });
  setTimeout(() => process.exit(), lingerMs).unref();
}
