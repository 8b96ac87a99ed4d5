/** What an image runs on, as `linux/amd64` or `linux/arm/v7`: operating system, architecture and, where it counts, variant. */
export type Platform = `${string}/${string}`;

/** What Heroku runs, and most other machines too. */
export const defaultPlatform: Platform = 'linux/amd64';

/** A platform in the fields of a config, or of an index's entry. @see OCI image-spec, image-index.md */
export interface PlatformFields {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: unknown;
}

export function platformName({ os, architecture, variant }: PlatformFields): Platform {
  return `${os}/${architecture}${typeof variant === 'string' && variant !== '' ? `/${variant}` : ''}`;
}

/** Whether an image of these fields is one for the platform: a variant counts when the platform names one. */
export function isFor(platform: Platform, fields: PlatformFields): boolean {
  const [os, architecture, variant] = platform.split('/');
  return os === fields.os && architecture === fields.architecture && (!variant || variant === fields.variant);
}
