import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';
import { removeAllOf } from './owner.ts';

/** A separate process that removes a sandbox's leftovers from the engine after the sandbox has ended. */
const [repository = ''] = process.argv.slice(2);
await removeAllOf(new Engine(engineAddress(process.env)), (owner) => owner === repository);
