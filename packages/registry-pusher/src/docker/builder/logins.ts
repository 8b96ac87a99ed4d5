import { expandWord } from '../../build/dockerfile/expand.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { parseImageReference } from '../../image/reference.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { EngineLogin } from '../engine/engine.ts';

const hub = { name: 'docker.io', engineName: 'https://index.docker.io/v1/' };

/**
 * Finds the credentials for a Dockerfile's registries. The classic builder needs them in advance; BuildKit requests each one.
 */
export async function findLogins(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  credentials: CredentialSource,
): Promise<Record<string, EngineLogin>> {
  const logins: Record<string, EngineLogin> = {};
  for (const registry of registriesOf(dockerfile, buildArgs)) {
    const found = await credentials(registry);
    if (found === undefined) continue;
    const name = registry === hub.name ? hub.engineName : registry;
    logins[name] = 'identityToken' in found ? { identitytoken: found.identityToken } : { ...found };
  }
  return logins;
}

/** Skips invalid image references, which the engine rejects. */
function registriesOf({ instructions, escape }: Dockerfile, buildArgs: Readonly<Record<string, string>>): Set<string> {
  const args = new Map<string, string>();
  const stages = new Set<string>();
  const registries = new Set<string>();
  const expand = (text: string) => expandWord(text, (name) => args.get(name), escape);
  const addRegistryOf = (image: string) => {
    if (image !== 'scratch' && !/^\d+$/.test(image) && !stages.has(image.toLowerCase()))
      registries.add(parseImageReference(image).registry);
  };
  const firstFrom = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  for (const [index, each] of instructions.entries()) {
    try {
      if (each.keyword === 'ARG' && index < firstFrom)
        for (const arg of each.args) args.set(arg.name, buildArgs[arg.name] ?? expand(arg.value ?? ''));
      if (each.keyword === 'FROM') addRegistryOf(expand(each.image));
      if (each.keyword === 'COPY' && each.flags.has('from')) addRegistryOf(each.flags.get('from')!);
    } catch {
      continue;
    }
    if (each.keyword === 'FROM' && each.name !== undefined) stages.add(each.name);
  }
  return registries;
}
