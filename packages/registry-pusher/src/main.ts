import { answer } from './command/answer.ts';
import { createConsole } from './command/console.ts';

const signalExits = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The command `registry-pusher`: reads the environment, prints results to stdout and what goes on to stderr, and sets the
 * process's exit code. SIGINT and SIGTERM cancel it; the second one ends the process at once.
 * @param argv without node and the script
 */
export async function run(argv: readonly string[]): Promise<void> {
  const controller = new AbortController();
  let signalled: keyof typeof signalExits | undefined;
  const stop = (name: NodeJS.Signals): void => {
    if (signalled) process.exit(signalExits[signalled]);
    signalled = name as keyof typeof signalExits;
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const console = createConsole(argv.includes('--json'));
  const code = await answer(argv, { console, signal: controller.signal, env: process.env, stdin: process.stdin });
  process.exitCode = signalled ? signalExits[signalled] : code;
  process.off('SIGINT', stop).off('SIGTERM', stop);
}
