import { answer } from './answer.ts';

const signalExits = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The command `gitlab-variables`: reads the environment, prints to the standard streams and sets the process's exit code.
 * SIGINT and SIGTERM end it; what was done until then is reported.
 * @param argv without node and the script
 */
export async function run(argv: string[]): Promise<void> {
  const controller = new AbortController();
  let signalled: keyof typeof signalExits | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    signalled = signal as keyof typeof signalExits;
    controller.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { env, stdout, stderr } = process;
  // A reader that went away, as in `| head`, is no failure.
  stdout.off('error', ignore).on('error', ignore);
  const code = await answer(argv, { cwd: process.cwd(), env, stdout, stderr, signal: controller.signal });
  process.exitCode = signalled ? signalExits[signalled] : code;
  process.off('SIGINT', stop).off('SIGTERM', stop);
}

function ignore(): void {}
