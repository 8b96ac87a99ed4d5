import { createHash } from 'node:crypto';
import { type Assumptions, assumptionSwitches, defaultAssumptions, otherAssumptions } from '@tozo/sandbox';
import { deployContract } from '../src/contract/deploy-contract.ts';
import { herokuContract } from '../src/contract/heroku-contract.ts';
import { herokuRegistryContract } from '../src/contract/heroku-registry-contract.ts';
import { sandboxConnection } from '../src/contract/sandbox-connection.ts';

/*
 * The sandbox's assumptions about Heroku: all at their defaults, all flipped, and each flipped alone. SWITCHES limits the number
 * of the latter, which are the same each time.
 */
const switches = Object.entries(assumptionSwitches);
const order = (name: string): string => createHash('sha256').update(name).digest('hex');
const flipped = switches
  .toSorted(([a], [b]) => (order(a) < order(b) ? -1 : 1))
  .slice(0, Number(process.env['SWITCHES'] ?? switches.length));

const worlds: Readonly<Record<string, Partial<Assumptions>>> = {
  'all defaults': defaultAssumptions,
  'all flipped': otherAssumptions,
  ...Object.fromEntries(flipped.map(([name, { values }]) => [`${name}: ${values[1]}`, { [name]: values[1] }])),
};

for (const [world, assumptions] of Object.entries(worlds)) {
  const service = `a sandbox with ${world}`;
  deployContract(service, assumptions);
  herokuContract(service, () => sandboxConnection({ assumptions }));
  herokuRegistryContract(service, () => sandboxConnection({ assumptions }));
}

const runs = 3 * Object.keys(worlds).length;
console.log(
  `${flipped.length} of ${switches.length} switches flipped alone, and both extremes, 3 suites each: ${runs} runs`,
);
