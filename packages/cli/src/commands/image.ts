import { buildForHandover, DeployError, exitCodeOf, handoverDirectory, isServiceError, loadConfig } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { projectIdentity } from '../project.ts';
import { cancelOnSignals } from '../signals.ts';
import { parseRunReuse, type RunReuseOptions } from '../run-reuse-options.ts';
import { withUsageErrors } from '../usage-error.ts';

/** `tozo image`: builds the image for a job that deploys it. Returns the exit code. */
export async function imageCommand(
  options: RunReuseOptions,
  { cwd, env, stdout, stderr }: CommandContext,
): Promise<number> {
  const runReuse = parseRunReuse(options);
  const config = await withUsageErrors(DeployError, () => loadConfig(cwd));
  const project = await projectIdentity(cwd, await findRepository(cwd).catch(() => cwd));
  const hubUrl = env['TOZO_DOCKER_HUB_MIRROR'];
  const cancellation = cancelOnSignals((reason) => stderr.write(`${reason.message}\n`));
  try {
    const { from } = await buildForHandover({
      ...{ directory: cwd, config, project, env, runReuse, signal: cancellation.signal },
      ...(hubUrl ? { hubUrl } : {}),
      onLine: (line) => stderr.write(`${line}\n`),
    });
    stdout.write(`${from.digest}\n`);
    stderr.write(`Handed over in ${handoverDirectory}: deploy it with tozo deploy --image ${handoverDirectory}\n`);
    return 0;
  } catch (error) {
    if (!isServiceError(error) && !(error instanceof DeployError)) throw error;
    stderr.write(`${error.message}\n`);
    return cancellation.exitCode() ?? exitCodeOf('failed', error.code);
  } finally {
    cancellation.dispose();
  }
}
