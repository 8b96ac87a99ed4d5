import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { distributionCases } from '../src/contract/distribution-cases.ts';
import { distributionContract, type RegistryConnection } from '../src/contract/distribution-contract.ts';

const isInstalled = (() => {
  try {
    execFileSync('docker-registry', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!isInstalled) console.log('skipped: not installed: docker-registry (apt-get install docker-registry)');

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
  distributionContract('distribution 2.8', startDistribution, differences);
});

async function startDistribution(): Promise<RegistryConnection> {
  const dir = await mkdtemp(join(tmpdir(), 'tozo-distribution-'));
  const port = await freePort();
  const settings = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
  };
  await writeFile(join(dir, 'config.yml'), JSON.stringify(settings));
  const registry = spawn('docker-registry', ['serve', join(dir, 'config.yml')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/v2/`).catch(() => undefined))) await sleep(50);
  return {
    url,
    async [Symbol.asyncDispose]() {
      const exited = once(registry, 'exit');
      registry.kill();
      await exited;
      await rm(dir, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
