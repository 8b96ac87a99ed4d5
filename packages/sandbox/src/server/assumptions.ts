import { type HerokuAssumptions, herokuSwitches } from '../heroku/assumptions.ts';
import { type RegistryAssumptions, registrySwitches } from '../registry/assumptions.ts';
import { defaultsOf, othersOf, type Switches } from '../assumptions/switches.ts';

/** What the sandbox assumes about the platforms where their documentation is silent. */
export type Assumptions = HerokuAssumptions & RegistryAssumptions;

/** Each assumption's default, its alternative, and why it isn't certain. */
export const assumptionSwitches: Switches<Assumptions> = { ...herokuSwitches, ...registrySwitches };

export const defaultAssumptions: Assumptions = defaultsOf(assumptionSwitches);

/** The alternative of every assumption. */
export const otherAssumptions: Assumptions = othersOf(assumptionSwitches);
