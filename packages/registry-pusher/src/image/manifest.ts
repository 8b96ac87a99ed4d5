import type { Descriptor, mediaTypes } from './descriptor.ts';

/** A Docker schema 2 manifest, the only kind that registry.heroku.com takes. @see manifest-v2-2 */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: typeof mediaTypes.dockerManifest;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}
