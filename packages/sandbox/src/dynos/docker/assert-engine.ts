import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';

/** Rejects with SandboxError DOCKER_UNAVAILABLE when there is no Docker Engine on this machine that could run dynos. */
export async function assertDockerEngine(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  await new Engine(engineAddress(environment)).info();
}
