import { runCommand } from './command/run-command.ts';

const signalExitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs the command `gitlab-variables` with the process's environment and streams, and sets its exit code. SIGINT, SIGTERM
 * and SIGHUP stop the command, which still reports what it did.
 * @param argv without node and the script
 */
export async function run(argv: string[]): Promise<void> {
  const controller = new AbortController();
  let received: keyof typeof signalExitCodes | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received = signal as keyof typeof signalExitCodes;
    controller.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
  const { env, stdin, stdout, stderr } = process;
  // A reader that closes the pipe, as in `| head`, isn't a failure.
  stdout.off('error', ignore).on('error', ignore);
  const code = await runCommand(argv, { cwd: process.cwd(), env, stdin, stdout, stderr, signal: controller.signal });
  process.exitCode = received ? signalExitCodes[received] : code;
  process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
}

function ignore(): void {}
