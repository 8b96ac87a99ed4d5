import { otherAssumptions } from '@tozo/sandbox';
import { herokuRegistryContract } from './heroku-registry-contract.ts';
import { sandboxConnection } from './sandbox-connection.ts';

/* The rules of registry.heroku.com. `npm run prove contract registry` runs them against the live service. */
herokuRegistryContract('the sandbox', () => sandboxConnection());
herokuRegistryContract('the sandbox with all assumptions flipped', () =>
  sandboxConnection({ assumptions: otherAssumptions }),
);
