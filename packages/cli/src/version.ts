import { readFileSync } from 'node:fs';

/** Defined in the bundle, which also works without a package.json next to it. */
declare const TOZO_BUNDLE_VERSION: string | undefined;

/** Returns the version of this @tozo/cli. */
export function version(): string {
  if (typeof TOZO_BUNDLE_VERSION === 'string') return TOZO_BUNDLE_VERSION;
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
