import { once } from 'node:events';
import { runSandboxCommand } from './command.ts';

/** Runs the command `sandbox` until SIGINT, SIGTERM or SIGHUP; a second signal ends the process at once. */
export async function run(argv: readonly string[]): Promise<void> {
  const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  process.exitCode = await runSandboxCommand({
    argv,
    interrupted,
    print: (text) => void process.stdout.write(text),
    printError: (text) => void process.stderr.write(text),
  });
}
