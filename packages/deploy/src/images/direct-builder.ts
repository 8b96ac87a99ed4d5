import {
  type BuildRequest,
  checkContext,
  buildDirect,
  type LockMode,
  type RegistryClient,
} from '@tozo/registry-pusher';
import type { BuildOutline, ImageBuilder } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { builtImages } from './built-images.ts';

/**
 * Creates the builder that needs no Docker. Checks the Dockerfile, the files it copies and their native code.
 * @throws RegistryPusherError
 */
export async function createDirectBuilder(
  { config, target, pin = false, verifyReuse = false }: DeployRequest,
  build: BuildRequest,
  outline: BuildOutline,
  registry: RegistryClient,
  signal?: AbortSignal,
): Promise<ImageBuilder> {
  const checked = await checkContext(build, { signal });
  const lock = lockUse(target.kind, pin);
  return {
    outline,
    buildsBeforePlan: true,
    contextDigest: () => checked.digest(),
    build: async ({ previous, signal }) => {
      const options = { registry, previous, checked, lock, verifyReuse, ...(signal ? { signal } : {}) };
      return builtImages(config, outline, await buildDirect(build, options));
    },
  };
}

/** The sandbox's bases are stand-ins, so their digests must not get into a lock file. */
function lockUse(kind: 'heroku' | 'sandbox', pin: boolean): LockMode {
  if (kind === 'sandbox') return 'ignore';
  return pin ? 'write' : 'use';
}
