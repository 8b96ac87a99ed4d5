import { readFileSync } from 'node:fs';

/** Defined in bundles, which have no package.json of this package. */
declare const TOZO_BUNDLE_VERSION: string | undefined;

/** Whether this code is part of the command's bundle. */
export const isBundled = typeof TOZO_BUNDLE_VERSION === 'string';

/** The version of this @tozo/sandbox. */
export const packageVersion: string = isBundled ? TOZO_BUNDLE_VERSION! : readVersion();

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
