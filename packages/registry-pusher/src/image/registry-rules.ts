import { RegistryPusherError } from './errors.ts';
import type { ImageReference } from './reference.ts';
import type { ManifestFormat } from './manifest.ts';
import { defaultPlatform, type Platform } from './platform.ts';

/** What a registry takes beyond what all of them do; without a list it takes everything. */
export interface RegistryRules {
  readonly formats?: readonly ManifestFormat[];
  readonly platforms?: readonly Platform[];
  readonly tags?: readonly string[];
}

/** What Heroku can release. @see https://devcenter.heroku.com/articles/container-registry-and-runtime */
export const herokuRules: RegistryRules = { formats: ['docker'], platforms: [defaultPlatform], tags: ['latest'] };

const noRules: RegistryRules = {};

/** What is known of a registry by its name. */
export function rulesOf(registry: string): RegistryRules {
  return registry === 'registry.heroku.com' ? herokuRules : noRules;
}

/** What is about to be pushed. */
export interface Intended {
  readonly format: ManifestFormat;
  readonly platform: Platform;
  readonly tags: readonly string[];
}

/** @throws RegistryPusherError OPTIONS_INVALID, with what is taken instead */
export function requireTaken(
  target: ImageReference,
  { format, platform, tags }: Intended,
  rules: RegistryRules = rulesOf(target.registry),
): void {
  requireOneOf('format', [format], rules.formats, target);
  requireOneOf('platform', [platform], rules.platforms, target);
  requireOneOf('tag', target.tag === undefined ? tags : [target.tag, ...tags], rules.tags, target);
}

function requireOneOf(
  what: string,
  values: readonly string[],
  taken: readonly string[] | undefined,
  { registry }: ImageReference,
): void {
  for (const value of values)
    if (taken?.includes(value) === false)
      throw new RegistryPusherError(
        'OPTIONS_INVALID',
        `The ${what} ${value} is not for ${registry}: it takes ${taken.join(', ')} alone.`,
      );
}
