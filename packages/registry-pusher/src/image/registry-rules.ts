import { RegistryPusherError } from './errors.ts';
import type { ImageReference } from './reference.ts';
import type { ManifestFormat } from './manifest.ts';
import { defaultPlatform, type Platform } from './platform.ts';

/** What a registry accepts. Without a list, it accepts everything. */
export interface RegistryRules {
  readonly formats?: readonly ManifestFormat[];
  readonly platforms?: readonly Platform[];
  readonly tags?: readonly string[];
  /** The domains whose hosts may be given the registry's credentials for a token, in addition to the registry itself. */
  readonly tokenDomains?: readonly string[];
}

/** What Heroku can release. @see https://devcenter.heroku.com/articles/container-registry-and-runtime */
export const herokuRules: RegistryRules = {
  formats: ['docker'],
  platforms: [defaultPlatform],
  tags: ['latest'],
  tokenDomains: ['heroku.com'],
};

const noRules: RegistryRules = {};

/** Returns the known rules of a registry. */
export function rulesOf(registry: string): RegistryRules {
  return registry === 'registry.heroku.com' ? herokuRules : noRules;
}

/** What a push would send. */
export interface IntendedPush {
  readonly format: ManifestFormat;
  readonly platform: Platform;
  readonly tags: readonly string[];
}

/** @throws RegistryPusherError OPTIONS_INVALID, with what the registry accepts */
export function assertAccepted(
  target: ImageReference,
  { format, platform, tags }: IntendedPush,
  rules: RegistryRules = rulesOf(target.registry),
): void {
  assertOneOf('format', [format], rules.formats, target);
  assertOneOf('platform', [platform], rules.platforms, target);
  assertOneOf('tag', target.tag === undefined ? tags : [target.tag, ...tags], rules.tags, target);
}

function assertOneOf(
  what: string,
  values: readonly string[],
  accepted: readonly string[] | undefined,
  { registry }: ImageReference,
): void {
  for (const value of values)
    if (accepted?.includes(value) === false)
      throw new RegistryPusherError(
        'OPTIONS_INVALID',
        `${registry} doesn't accept the ${what} ${value}: use ${accepted.join(' or ')}.`,
      );
}
