import { neededImages, type PreparedBuild } from '@tozo/deploy';
import { UsageError } from '../usage-error.ts';

/**
 * Checks that the sandbox has stand-ins for a build's base images from Docker Hub. Needs no running sandbox.
 * @throws UsageError
 */
export async function assertStandIns({ checked }: PreparedBuild, env: NodeJS.ProcessEnv): Promise<void> {
  if (!checked || env['TOZO_DOCKER_HUB_MIRROR']) return;
  const { hasStandIn } = await import('@tozo/sandbox/connect');
  for (const { reference, line } of neededImages(checked.plan)) {
    if (reference.registry !== 'docker.io' || hasStandIn(reference.repository)) continue;
    const name = reference.repository.replace(/^library\//, '');
    throw new UsageError(
      `Dockerfile line ${line}: the sandbox has no image ${name}, only a stand-in for node. Use node:20-slim, or set TOZO_DOCKER_HUB_MIRROR to a mirror of Docker Hub.`,
    );
  }
}

/** Returns why no RUN is executed on the sandbox's own images: they contain only what an app is started with. */
export function standInsRunNothing({ TOZO_DOCKER_HUB_MIRROR }: NodeJS.ProcessEnv): { readonly whyNoRun?: string } {
  return TOZO_DOCKER_HUB_MIRROR
    ? {}
    : { whyNoRun: "the sandbox's stand-in has no shell (set TOZO_DOCKER_HUB_MIRROR to a mirror of Docker Hub)" };
}
