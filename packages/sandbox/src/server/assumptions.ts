import { type HerokuAssumptions, herokuSwitches } from '../heroku/assumptions.ts';
import { type RegistryAssumptions, registrySwitches } from '../registry/assumptions.ts';
import { defaultsOf, othersOf, type Switches } from '../assumptions/switches.ts';

/** Everything that the sandbox assumes of platforms whose public documents are silent. */
export type Assumptions = HerokuAssumptions & RegistryAssumptions;

/** Each assumption's two values, the default first, and why nobody outside can be sure of it. */
export const assumptionSwitches: Switches<Assumptions> = { ...herokuSwitches, ...registrySwitches };

export const defaultAssumptions: Assumptions = defaultsOf(assumptionSwitches);

/** Every assumption the other way. */
export const otherAssumptions: Assumptions = othersOf(assumptionSwitches);
