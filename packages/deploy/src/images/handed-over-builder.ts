import { type HandedOver, type RegistryClient, takeImage } from '@tozo/registry-pusher';
import type { ImageBuilder, PreparedBuild } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { builtImages } from './built-images.ts';

/** Creates the builder that takes what an earlier job built, verified, and executes nothing. */
export function createHandedOverBuilder(
  { config, target }: DeployRequest,
  { request, outline, handed }: PreparedBuild & { readonly handed: HandedOver },
  registry: RegistryClient,
): ImageBuilder {
  return {
    outline,
    buildsBeforePlan: true,
    contextDigest: async () => undefined,
    build: async ({ previous, signal }) => {
      const built = await takeImage(request, handed, {
        registry,
        previous,
        lock: target.kind === 'sandbox' ? 'ignore' : 'use',
        ...(signal ? { signal } : {}),
      });
      return builtImages(config, outline, built);
    },
  };
}
