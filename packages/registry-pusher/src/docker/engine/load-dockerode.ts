import { createRequire } from 'node:module';
import type Docker from 'dockerode';
import { engineUnavailableError } from './errors.ts';

export type { Docker };

const install = 'Run npm install dockerode@5';
const required = /^5\./;

/**
 * Loads dockerode, which users install themselves if they need it. Only now, because that takes half a second.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE if it isn't installed, or in a version that doesn't fit
 */
export async function loadDockerode(): Promise<typeof Docker> {
  const { default: Client } = await import('dockerode').catch((cause: unknown) => {
    throw engineUnavailableError(
      `The package dockerode, which talks to the Docker Engine, isn't installed. ${install}`,
      cause,
    );
  });
  const { version } = createRequire(import.meta.url)('dockerode/package.json') as { version: string };
  if (!required.test(version))
    throw engineUnavailableError(
      `The installed package dockerode has version ${version}, but 5 is required. ${install}`,
    );
  return Client;
}
