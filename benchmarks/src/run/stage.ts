import type { Place } from '../push/place.ts';
import type { BaseRegistry } from '../servers/base-registry.ts';
import type { PackageServer } from './packages.ts';

/** Shared by all measurements. */
export interface Stage {
  /** For all temporary files. */
  readonly directory: string;
  /** A checkout of the same app whose Dockerfile copies node_modules. */
  readonly withoutRun: string;
  /** The base, by its digest. */
  readonly base: string;
  readonly hub: BaseRegistry;
  /** Contains the images of earlier pushes. */
  readonly registry: BaseRegistry;
  readonly packages: PackageServer;
  readonly rounds: number;
}

export function placeAt({ host }: BaseRegistry, repository: string): Place {
  return { host, repository: `shop/${repository}`, tag: 'latest' };
}

/** Prints a measurement as it comes, and returns it. */
export function note(name: string, way: string, seconds: number): number {
  console.error(`${name}, ${way}: ${seconds.toFixed(2)} s`);
  return seconds;
}

export function assertMeasured(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(`The measurement is void: ${otherwise}.`);
}
