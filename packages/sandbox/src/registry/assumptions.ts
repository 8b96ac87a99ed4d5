import { defaultsOf, type Switches } from '../assumptions/switches.ts';
import type { RegistryChoices } from './rules.ts';

/** What isn't documented about Heroku's registry. Each switch can be set the other way to test a client. */
export interface RegistryAssumptions extends RegistryChoices {
  /** Whether tags other than `latest` are accepted. */
  readonly otherTags: boolean;
  /** The maximum number of layers in an image. */
  readonly maxLayers: number;
  /** The maximum compressed size of a layer, in bytes. */
  readonly maxLayerBytes: number;
}

export const registrySwitches: Switches<RegistryAssumptions> = {
  mounts: {
    values: [true, false],
    doubt: 'The specification allows a plain upload in response to a mount; Heroku’s behavior is undocumented.',
  },
  chunkedUploads: {
    values: [true, false],
    doubt: 'Docker sends a blob in one PATCH, so it doesn’t show whether several are accepted.',
  },
  locations: {
    values: ['absolute', 'relative'],
    doubt: 'Docker’s registry returns absolute URLs by default; the specification allows both.',
  },
  otherTags: {
    values: [true, false],
    doubt: 'The documentation only shows latest.',
  },
  maxLayers: {
    values: [127, 40],
    doubt: 'Docker’s storage allows 127; Heroku publishes no lower limit.',
  },
  maxLayerBytes: {
    values: [20 * 2 ** 30, 2 ** 30],
    doubt: 'Heroku publishes no limit for images or layers.',
  },
};

export const registryAssumptions: RegistryAssumptions = defaultsOf(registrySwitches);
