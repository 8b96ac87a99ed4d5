import { type Assumptions, assumptionSwitches, defaultAssumptions, otherAssumptions } from '@tozo/sandbox';
import { deployContract } from '../src/contract/deploy-contract.ts';
import { herokuContract } from '../src/contract/heroku-contract.ts';
import { herokuRegistryContract } from '../src/contract/heroku-registry-contract.ts';
import { sandboxConnection } from '../src/contract/sandbox-connection.ts';

/* What the sandbox assumes of Heroku: each switch flipped alone, and all of them one way and the other. */
const worlds: Readonly<Record<string, Partial<Assumptions>>> = {
  'all defaults': defaultAssumptions,
  'all the other way': otherAssumptions,
  ...Object.fromEntries(
    Object.entries(assumptionSwitches).map(([name, { values }]) => [`${name}: ${values[1]}`, { [name]: values[1] }]),
  ),
};

for (const [world, assumptions] of Object.entries(worlds)) {
  const service = `a sandbox with ${world}`;
  deployContract(service, assumptions);
  herokuContract(service, () => sandboxConnection({ assumptions }));
  herokuRegistryContract(service, () => sandboxConnection({ assumptions }));
}

const count = Object.keys(worlds).length;
console.log(`${count} worlds (${count - 2} switches, two extremes), each with 3 suites: ${3 * count} runs`);
