/** What an image runs on, as `linux/amd64` or `linux/arm/v7`: operating system, architecture and, if needed, variant. */
export type Platform = `${string}/${string}`;

/** Heroku's platform. */
export const defaultPlatform: Platform = 'linux/amd64';

/** A platform as in a config or an index's entry. @see OCI image-spec, image-index.md */
export interface PlatformFields {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: unknown;
}

export function platformName({ os, architecture, variant }: PlatformFields): Platform {
  return `${os}/${architecture}${typeof variant === 'string' && variant !== '' ? `/${variant}` : ''}`;
}

/** Returns whether an image with these fields runs on the platform. Variants count only if the platform names one. */
export function matchesPlatform(platform: Platform, fields: PlatformFields): boolean {
  const [os, architecture, variant] = platform.split('/');
  return os === fields.os && architecture === fields.architecture && (!variant || variant === fields.variant);
}
