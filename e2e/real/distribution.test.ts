import { describe } from 'vitest';
import { distributionCases } from '../src/contract/distribution-cases.ts';
import { distributionContract, type RegistryConnection } from '../src/contract/distribution-contract.ts';
import { distributionPrograms, startDistribution } from './distribution.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(distributionPrograms);
const isInstalled = absent.length === 0;
if (!isInstalled)
  console.log(`skipped: not installed: ${absent.join(', ')} (apt-get install docker-registry apache2-utils)`);

/** Where distribution 2.8 differs from the specification and from the sandbox's general registry. */
const differences = {
  'returns 416 for a range outside a blob': 'it starts a response and aborts it',
  'accepts a monolithic upload by one POST: 201': 'it starts an upload instead, which is allowed',
  'returns 416 for a chunk out of order': 'it ignores Content-Range before version 3',
  'returns 416 for a chunk that is sent twice': 'it ignores Content-Range before version 3',
  'returns 4xx for a chunk that is shorter than its range': 'it ignores Content-Range before version 3',
  'returns 400, MANIFEST_INVALID for a descriptor with a wrong size': 'it ignores sizes. Clients that pull check them',
  'lists all tags in order': 'it lists them in directory order',
  'lists tags by pages: n, last and a Link': 'it has no pages before version 3',
};

if (isInstalled) {
  const all = Object.keys(distributionCases).length;
  const differing = Object.entries(differences).map(([name, why]) => `  ${name.padEnd(70)} ${why}`);
  console.log(
    [`${all - differing.length} of ${all} cases pass on distribution 2.8. It differs in:`, ...differing].join('\n'),
  );
}

describe.skipIf(!isInstalled)('docker-registry', () => {
  distributionContract('distribution 2.8', connect, differences);
});

async function connect(): Promise<RegistryConnection> {
  const registry = await startDistribution();
  return { ...registry, url: `http://${registry.name}` };
}
