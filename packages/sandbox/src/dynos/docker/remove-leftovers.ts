import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';
import { removeAllOf } from './owner.ts';

/** A process of its own, that removes what a sandbox has in the engine once that sandbox is gone. */
const [repository = ''] = process.argv.slice(2);
await removeAllOf(new Engine(engineAddress(process.env)), (owner) => owner === repository);
