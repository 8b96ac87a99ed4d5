import { type DeployRequest, type NeededImage, neededImages, type PreparedBuild } from '@tozo/deploy';
import { UsageError } from '../usage-error.ts';

const mirrorVariable = 'TOZO_DOCKER_HUB_MIRROR';
const useMirror = `set ${mirrorVariable} to a mirror of Docker Hub`;

/**
 * Checks that the sandbox has stand-ins for a build's base images from Docker Hub. Needs no running sandbox.
 * @throws UsageError
 */
export async function assertStandIns({ checked }: PreparedBuild, env: NodeJS.ProcessEnv): Promise<void> {
  if (!checked) return;
  const { kindOf, nameOf } = await readBases(env);
  for (const { reference, line } of neededImages(checked.plan)) {
    if (kindOf(reference) !== 'missing') continue;
    throw new UsageError(
      `Dockerfile line ${line}: the sandbox has no image ${nameOf(reference)}, only a stand-in for node. Use node:20-slim, or ${useMirror}.`,
    );
  }
}

/**
 * Returns the rule for RUN in a deploy to the sandbox. Its stand-ins contain only what an app is started with; bases from
 * elsewhere are real.
 */
export async function sandboxRunRule(env: NodeJS.ProcessEnv): Promise<Required<Pick<DeployRequest, 'whyNoRun'>>> {
  const { kindOf, nameOf } = await readBases(env);
  return {
    whyNoRun(base) {
      if (base === undefined || kindOf(base) === 'real') return undefined;
      const name = nameOf(base);
      return kindOf(base) === 'missing'
        ? `the sandbox has no image ${name} (${useMirror})`
        : `the sandbox's stand-in for ${name} has no shell (${useMirror})`;
    },
  };
}

async function readBases({ [mirrorVariable]: mirror }: NodeJS.ProcessEnv) {
  const { hasStandIn } = await import('@tozo/sandbox/connect');
  return {
    kindOf: ({ registry, repository }: NeededImage['reference']): 'real' | 'stand-in' | 'missing' => {
      if (mirror || registry !== 'docker.io') return 'real';
      return hasStandIn(repository) ? 'stand-in' : 'missing';
    },
    nameOf: ({ repository }: NeededImage['reference']) => repository.replace(/^library\//, ''),
  };
}
