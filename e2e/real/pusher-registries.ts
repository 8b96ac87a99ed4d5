import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeneralRegistry, defaultAssumptions, otherAssumptions, startSandbox } from '@tozo/sandbox';
import { startDistribution } from './distribution.ts';

const registryPassword = 'correct horse battery staple';

/** A registry of any kind, and its login. */
export interface Registry extends AsyncDisposable {
  readonly name: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** A repository that accepts every tag. */
  readonly repository: string;
  readonly acceptsOci: boolean;
}

/** The registries that the command is tested with, by title. */
export const registries: Record<string, () => Promise<Registry>> = {
  'distribution 2.8': async () => {
    const login = { username: 'me', password: registryPassword };
    const server = await startDistribution(login);
    return {
      name: server.name,
      login,
      repository: 'team/shop',
      acceptsOci: true,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  "the sandbox's general registry with tokens": () =>
    startGeneralRegistry({ login: { kind: 'bearer', username: 'me', password: registryPassword } }),
  "the sandbox's general registry with other choices": () =>
    startGeneralRegistry({ choices: { mounts: false, chunkedUploads: false, locations: 'relative' } }),
  "the sandbox's registry for Heroku": () => startHerokuRegistry(defaultAssumptions),
  "the sandbox's registry for Heroku with all assumptions flipped": () => startHerokuRegistry(otherAssumptions),
};

export async function startGeneralRegistry(
  options: Omit<Parameters<typeof createGeneralRegistry>[0], 'dir'>,
): Promise<Registry> {
  const dir = await mkdtemp(join(tmpdir(), 'tozo-general-registry-'));
  const server = createServer(createGeneralRegistry({ dir, ...options }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...(options.login ? { login: options.login } : {}),
    repository: 'team/shop',
    acceptsOci: true,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(dir, { recursive: true });
    },
  };
}

async function startHerokuRegistry(assumptions: typeof defaultAssumptions): Promise<Registry> {
  const sandbox = await startSandbox({ services: ['registry'], apps: ['shop'], assumptions });
  return {
    name: new URL(sandbox.urls.registry).host,
    login: { username: '_', password: sandbox.apiKey },
    repository: 'shop/web',
    acceptsOci: false,
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
