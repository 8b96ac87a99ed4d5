import { type HerokuAssumptions, herokuAssumptions } from './heroku/assumptions.ts';
import { type RegistryAssumptions, registryAssumptions } from './registry/registry.ts';

/** Everything that the sandbox assumes of platforms whose public documents are silent. */
export type Assumptions = HerokuAssumptions & RegistryAssumptions;

export const defaultAssumptions: Assumptions = { ...herokuAssumptions, ...registryAssumptions };
