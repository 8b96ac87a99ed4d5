import { otherAssumptions } from '@tozo/sandbox';
import { herokuRegistryContract } from './heroku-registry-contract.ts';
import { sandboxConnection } from './sandbox-connection.ts';

/* registry.heroku.com's own rules: here the sandbox; `npm run prove contract registry` holds the live service to them. */
herokuRegistryContract('the sandbox', () => sandboxConnection());
herokuRegistryContract('the sandbox with all assumptions the other way', () =>
  sandboxConnection({ assumptions: otherAssumptions }),
);
