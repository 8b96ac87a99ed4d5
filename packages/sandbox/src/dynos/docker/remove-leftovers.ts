import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';
import { removeAllOf } from './owner.ts';

/** Removes a sandbox's leftovers from the engine after the sandbox has ended. */
export async function removeLeftovers(repository: string): Promise<void> {
  await removeAllOf(new Engine(engineAddress(process.env)), (owner) => owner === repository);
}
