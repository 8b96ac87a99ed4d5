import type { Platform } from '../platform.ts';
import type { InstalledTree } from './installed.ts';

/** A package whose optional package with machine code for the image's platform isn't installed. */
export interface MissingCode {
  readonly name: string;
  readonly version: string;
  /** The packages that would have it. */
  readonly candidates: readonly string[];
}

/** Lock files written on another system may lack the optional packages for this one. */
export function findMissingCode({ packages }: InstalledTree, platform: Platform): MissingCode[] {
  const found = [...packages.values()].flatMap(({ manifest, edges }) => {
    const { name, version, optionalDependencies } = manifest;
    const candidates = Object.keys(optionalDependencies).filter((candidate) => isNamedFor(candidate, platform));
    const isMissing = candidates.length > 0 && !candidates.some((candidate) => edges.has(candidate));
    return isMissing ? [{ name, version, candidates }] : [];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function isNamedFor(name: string, { os, cpu, libc }: Platform): boolean {
  if (!new RegExp(`\\b${os}(?:musl)?-${cpu}\\b`).test(name)) return false;
  return libc === 'musl' ? !/gnu|glibc/.test(name) : !name.includes('musl');
}
