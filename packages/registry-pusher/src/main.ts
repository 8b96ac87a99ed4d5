import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { createConsole, flushOutput } from './command/console.ts';
import { runCommand } from './command/run-command.ts';

/** What stops the command from outside. A closed terminal or lost connection is a SIGHUP. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The terminal and the shell, or a parent process such as npx, each send a signal: that is one request to stop, not two. */
const sameRequestMs = 250;

/**
 * Runs the command `registry-pusher` and ends the process with its exit code. The first SIGINT, SIGTERM or SIGHUP cancels it,
 * the second one ends the process.
 * @param argv without node and the script
 */
export async function run(argv: readonly string[]): Promise<void> {
  // undici's parser is WebAssembly. Optimizing it takes longer than most commands, and the end of the process waits for it.
  setFlagsFromString('--liftoff-only');
  const controller = new AbortController();
  let received: { readonly exitCode: number; readonly at: number } | undefined;
  const stop = (name: NodeJS.Signals): void => {
    const time = performance.now();
    if (received && time - received.at >= sameRequestMs) process.exit(received.exitCode);
    received ??= { exitCode: 128 + constants.signals[name], at: time };
    controller.abort(new Error(`stopped by ${name}`));
  };
  // They stay until the process ends: a second one, of the same request, may come while the output is written.
  for (const name of stopSignals) process.on(name, stop);
  const console = createConsole(argv.includes('--json'));
  const code = await runCommand(argv, { console, signal: controller.signal, env: process.env, stdin: process.stdin });
  process.exitCode = received?.exitCode ?? code;
  await flushOutput();
  // A connection attempt or a name lookup that nobody waits for can't be aborted.
  process.exit();
}
