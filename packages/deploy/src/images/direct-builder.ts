import { buildDirect, type CheckedContext, type LockMode, type RegistryClient } from '@tozo/registry-pusher';
import { herokuRegistry, type ImageBuilder, type PreparedBuild } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { builtImages } from './built-images.ts';

/** Creates the builder that needs no Docker. */
export function createDirectBuilder(
  { config, target, pin = false, verifyReuse = false }: DeployRequest,
  { request, outline, checked }: PreparedBuild & { readonly checked: CheckedContext },
  registry: RegistryClient,
): ImageBuilder {
  const lock = lockUse(target.kind, pin);
  return {
    outline,
    buildsBeforePlan: true,
    contextDigest: () => checked.digest(),
    build: async ({ previous, signal }) => {
      const options = {
        registry,
        previous,
        checked,
        lock,
        verifyReuse,
        pushTo: herokuRegistry,
        ...(signal ? { signal } : {}),
      };
      return builtImages(config, outline, await buildDirect(request, options));
    },
  };
}

/** The sandbox's bases are stand-ins, so their digests must not get into a lock file. */
export function lockUse(kind: 'heroku' | 'sandbox', pin: boolean): LockMode {
  if (kind === 'sandbox') return 'ignore';
  return pin ? 'write' : 'use';
}
