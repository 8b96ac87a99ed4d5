import {
  buildForHandover,
  DeployError,
  handoverDirectory,
  isServiceError,
  loadConfig,
  parseRunMaxAge,
} from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { projectIdentity } from '../project.ts';
import { cancelOnSignals } from '../signals.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';

export interface ImageOptions {
  readonly runMaxAge?: string;
  /** Commander's name for `--no-cache`. */
  readonly cache?: boolean;
}

/** `tozo image`: builds the image for a job that deploys it. Returns the exit code. */
export async function imageCommand(
  options: ImageOptions,
  { cwd, env, stdout, stderr }: CommandContext,
): Promise<number> {
  const runMaxAge = parseRunMaxAge(options.runMaxAge ?? '14d');
  if (runMaxAge === undefined)
    throw new UsageError(`Invalid --run-max-age "${options.runMaxAge}": use a number and a unit, such as 14d or 12h.`);
  const config = await withUsageErrors(DeployError, () => loadConfig(cwd));
  const project = await projectIdentity(cwd, await findRepository(cwd).catch(() => cwd));
  const cancellation = cancelOnSignals((reason) => stderr.write(`${reason.message}\n`));
  try {
    const { from } = await buildForHandover({
      ...{ directory: cwd, config, project, env, runMaxAge, signal: cancellation.signal },
      noCache: options.cache === false,
      onLine: (line) => stderr.write(`${line}\n`),
    });
    stdout.write(`${from.digest}\n`);
    stderr.write(`Handed over in ${handoverDirectory}: deploy it with tozo deploy --image ${handoverDirectory}\n`);
    return 0;
  } catch (error) {
    if (!isServiceError(error) && !(error instanceof DeployError)) throw error;
    stderr.write(`${(error as Error).message}\n`);
    return cancellation.exitCode() ?? 1;
  } finally {
    cancellation.dispose();
  }
}
