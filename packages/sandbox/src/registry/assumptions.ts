import { defaultsOf, type Switches } from '../assumptions/switches.ts';
import type { RegistryChoices } from './rules.ts';

/** What nobody outside Heroku knows of its registry: each may be set the other way, to see whether a client minds. */
export interface RegistryAssumptions extends RegistryChoices {
  /** Whether tags other than `latest` are taken. */
  readonly otherTags: boolean;
  /** How many layers an image may have. */
  readonly maxLayers: number;
  /** How long a layer may be, compressed, in bytes. */
  readonly maxLayerBytes: number;
}

export const registrySwitches: Switches<RegistryAssumptions> = {
  mounts: {
    values: [true, false],
    doubt: 'The specification lets a registry answer a mount with a plain upload; Heroku says nothing.',
  },
  chunkedUploads: {
    values: [true, false],
    doubt: 'Docker sends a blob in one PATCH, so that nobody sees whether more are taken.',
  },
  locations: {
    values: ['absolute', 'relative'],
    doubt: 'Docker’s registry writes absolute ones unless it is told otherwise; the specification allows both.',
  },
  otherTags: {
    values: [true, false],
    doubt: 'The documentation shows latest alone.',
  },
  maxLayers: {
    values: [127, 40],
    doubt: 'Docker’s storage ends at 127; a lower limit of Heroku’s is not published.',
  },
  maxLayerBytes: {
    values: [20 * 2 ** 30, 2 ** 30],
    doubt: 'A limit for images or layers is not published.',
  },
};

export const registryAssumptions: RegistryAssumptions = defaultsOf(registrySwitches);
