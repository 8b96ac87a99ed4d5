import type { PushOptions, PushResult } from '../registry/client/client.ts';
import type { RegistryCredentials } from '../registry/login/credentials.ts';
import { imageFrom, incompressible } from './images.ts';
import { impatientClient } from './impatient.ts';
import { type Call, type MemoryRegistry, type RegistryOptions, startRegistry } from './registry.ts';

/** How a registry differs from a correct one. Returns whether it handled the call. */
export type Quirk = NonNullable<RegistryOptions['misbehave']>;

export interface PushOutcome {
  readonly result?: PushResult;
  readonly error?: Error & { readonly code: string };
  readonly registry: MemoryRegistry;
}

export const credentials: RegistryCredentials = { username: '_', password: 'a-key' };

/** Pushes one layer to a registry with a quirk. */
export async function pushWith(
  misbehave: Quirk,
  options: Omit<RegistryOptions, 'misbehave'> & { readonly layerSize?: number; readonly push?: PushOptions } = {},
): Promise<PushOutcome> {
  const { layerSize = 3000, push = {}, ...registryOptions } = options;
  await using registry = await startRegistry({ ...registryOptions, misbehave });
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  try {
    return { result: await client.push(imageFrom(incompressible(layerSize)), target, push), registry };
  } catch (error) {
    return { error: error as Error & { code: string }, registry };
  }
}

/** Returns a quirk that only concerns calls of one kind, such as `PUT upload`. */
export function at(what: string, respond: (call: Call, registry: MemoryRegistry) => unknown): Quirk {
  return async (call, registry) => {
    if (call.what !== what) return false;
    return (await respond(call, registry)) !== false;
  };
}

/** Does what a correct registry does, but responds with another status and without naming the digest. */
export function withStatus(what: string, status: number): Quirk {
  return at(what, (call) => {
    const { response } = call;
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((original: number, headers: Record<string, string>) => {
      const { 'docker-content-digest': _, ...rest } = headers;
      return writeHead(original < 300 ? status : original, rest);
    }) as typeof response.writeHead;
    return false;
  });
}
