import { resolveAffectedBase } from '@tozo/nx';
import { listDeployDirectories } from '../git.ts';
import { contextDigestVariable, projectName } from '../project.ts';
import type { CommandContext } from '../command-context.ts';

/** `tozo ci base`: prints the commit on stdout and the reason on stderr. */
export async function baseCommand(environment: string, { cwd, env, stdout, stderr }: CommandContext): Promise<void> {
  const { base, reason } = await resolveAffectedBase(env, { cwd, environment });
  stderr.write(`affected base ${base}: ${reason}\n`);
  stdout.write(`${base}\n`);
}

/** `tozo ci digest`: prints `TOZO_CONTEXT_DIGEST_<PROJECT>=sha256:…` for each built project with a deploy.json. */
export async function digestCommand({ cwd: root, stdout, stderr }: CommandContext): Promise<void> {
  const { contextDigestOf, loadConfig } = await import('@tozo/deploy');
  for (const folder of await listDeployDirectories(root)) {
    const name = await projectName(folder);
    try {
      const digest = await contextDigestOf(folder, await loadConfig(folder));
      stdout.write(`${contextDigestVariable(name)}=${digest}\n`);
    } catch (error) {
      stderr.write(`${name}: no digest can be computed: ${(error as Error).message}\n`);
    }
  }
}
