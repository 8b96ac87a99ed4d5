import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeneralRegistry } from '@tozo/sandbox';
import { distributionContract } from './distribution-contract.ts';

for (const locations of ['absolute', 'relative'] as const) {
  distributionContract(`the sandbox's general registry with ${locations} locations`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tozo-registry-'));
    const server = createServer(createGeneralRegistry({ dir, choices: { locations } }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await rm(dir, { recursive: true });
      },
    };
  });
}
