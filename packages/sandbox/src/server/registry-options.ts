import type { GeneralRegistryOptions } from '../registry/general.ts';

export interface StartRegistryOptions extends Omit<GeneralRegistryOptions, 'dir'> {
  /** Stores blobs, manifests and tags. Default: a temporary directory that is removed on close. */
  readonly dir?: string;
  /** A port of 127.0.0.1. Default: any free one. */
  readonly port?: number;
}
