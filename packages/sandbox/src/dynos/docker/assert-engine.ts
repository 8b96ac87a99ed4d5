import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';

/** Rejects with SandboxError DOCKER_UNAVAILABLE unless a local Docker Engine can run dynos. */
export async function assertDockerEngine(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  await new Engine(engineAddress(environment)).info();
}
