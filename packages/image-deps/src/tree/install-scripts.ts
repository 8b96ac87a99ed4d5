import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledPackage, InstalledTree } from './installed.ts';

/** A package with a script that installs run, and that didn't run for the image. */
export interface SkippedScript {
  readonly name: string;
  readonly version: string;
  /** Such as `postinstall: node install.js`. */
  readonly script: string;
  /** An optional package for the image's platform that comes along, and usually makes the script unnecessary. */
  readonly prebuilt: string | undefined;
}

export function findSkippedScripts({ packages }: InstalledTree): SkippedScript[] {
  const found = [...packages.values()].flatMap((installed) => {
    const script = installed.kind === 'third-party' ? scriptOf(installed) : undefined;
    if (script === undefined) return [];
    const { name, version, optionalDependencies } = installed.manifest;
    const prebuilt = [...installed.edges]
      .filter(([edge]) => edge in optionalDependencies)
      .map(([, id]) => packages.get(id)?.manifest)
      .find((manifest) => manifest?.os !== undefined || manifest?.cpu !== undefined);
    return [{ name, version, script, prebuilt: prebuilt && `${prebuilt.name}@${prebuilt.version}` }];
  });
  const unique = new Map(found.map((script) => [`${script.name}@${script.version}`, script]));
  return [...unique.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function scriptOf({ manifest, directory }: InstalledPackage): string | undefined {
  for (const name of ['preinstall', 'install', 'postinstall'])
    if (manifest.scripts[name]) return `${name}: ${manifest.scripts[name]}`;
  const isAddon = manifest.raw['gypfile'] !== false && existsSync(join(directory, 'binding.gyp'));
  return isAddon ? 'install: node-gyp rebuild' : undefined;
}
