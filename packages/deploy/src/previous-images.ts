import type { Digest, PreviousImage, RegistryClient } from '@tozo/registry-pusher';
import type { DeployConfig } from './config.ts';
import { deployedTag, herokuRegistry } from './services.ts';

/** What the last deploys left in the registry. */
export interface PreviousImages {
  readonly imageIds: Readonly<Record<string, Digest>>;
  /** The image whose layers the next one may reuse; a type without a command of its own is nearest to what was built. */
  readonly reusable: { readonly previous?: PreviousImage };
}

/** Reads every process type's newest image: manifests and configs, no layers. */
export async function readPreviousImages(
  registry: RegistryClient,
  app: string,
  config: DeployConfig,
  options: { signal?: AbortSignal },
): Promise<PreviousImages> {
  const types = Object.entries(config.processes).sort(([, a], [, b]) => Number(!!a?.command) - Number(!!b?.command));
  const found = await Promise.all(
    types.map(async ([type]) => {
      const reference = { registry: herokuRegistry, repository: `${app}/${type}`, tag: deployedTag };
      return [type, await registry.getImage(reference, options)] as const;
    }),
  );
  const images = found.flatMap(([type, image]) => (image ? [[type, image] as const] : []));
  const previous = images[0]?.[1];
  return {
    imageIds: Object.fromEntries(images.map(([type, { imageId }]) => [type, imageId])),
    reusable: previous ? { previous } : {},
  };
}
