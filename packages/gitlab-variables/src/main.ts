import { constants } from 'node:os';
import { runCommand } from './command/run-command.ts';

/** What stops the command from outside. A closed terminal or lost connection is a SIGHUP. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The terminal and the shell, or a parent process such as npx, each send a signal: that is one request to stop, not two. */
const sameRequestMs = 250;

/**
 * Runs the command `gitlab-variables` with the process's environment and streams, and sets its exit code. The first SIGINT,
 * SIGTERM or SIGHUP stops the command, which still reports what it did; the second one ends the process.
 * @param argv without node and the script
 */
export async function run(argv: string[]): Promise<void> {
  const controller = new AbortController();
  let received: { readonly exitCode: number; readonly at: number } | undefined;
  const stop = (name: NodeJS.Signals): void => {
    const time = performance.now();
    if (received && time - received.at >= sameRequestMs) process.exit(received.exitCode);
    received ??= { exitCode: 128 + constants.signals[name], at: time };
    controller.abort();
  };
  // They stay until the process ends: a second one, of the same request, may come while the output is written.
  for (const name of stopSignals) process.on(name, stop);
  const { env, stdin, stdout, stderr } = process;
  // A reader that closes the pipe, as in `| head`, isn't a failure.
  stdout.off('error', ignore).on('error', ignore);
  const code = await runCommand(argv, { cwd: process.cwd(), env, stdin, stdout, stderr, signal: controller.signal });
  process.exitCode = received?.exitCode ?? code;
}

function ignore(): void {}
