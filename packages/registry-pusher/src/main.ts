import { setFlagsFromString } from 'node:v8';
import { createConsole, flushOutput } from './command/console.ts';
import { runCommand } from './command/run-command.ts';

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs the command `registry-pusher` and ends the process with its exit code. The first SIGINT or SIGTERM cancels it, the second one
 * ends the process.
 * @param argv without node and the script
 */
export async function run(argv: readonly string[]): Promise<void> {
  // undici's parser is WebAssembly. Optimizing it takes longer than most commands, and the end of the process waits for it.
  setFlagsFromString('--liftoff-only');
  const controller = new AbortController();
  let signalled: keyof typeof signalExitCodes | undefined;
  const stop = (name: NodeJS.Signals): void => {
    if (signalled) process.exit(signalExitCodes[signalled]);
    signalled = name as keyof typeof signalExitCodes;
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const console = createConsole(argv.includes('--json'));
  const code = await runCommand(argv, { console, signal: controller.signal, env: process.env, stdin: process.stdin });
  process.exitCode = signalled ? signalExitCodes[signalled] : code;
  process.off('SIGINT', stop).off('SIGTERM', stop);
  await flushOutput();
  // A connection attempt or a name lookup that nobody waits for can't be aborted.
  process.exit();
}
