import { readFile } from 'node:fs/promises';
import { type Dockerfile, parseDockerfile } from './dockerfile/parse.ts';
import { RegistryPusherError } from '../image/errors.ts';

/** @throws RegistryPusherError DOCKERFILE_MISSING, DOCKERFILE_INVALID */
export async function readDockerfile(path: string): Promise<{ text: string; dockerfile: Dockerfile }> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RegistryPusherError(
      'DOCKERFILE_MISSING',
      `There's no readable Dockerfile at ${path}. Create one, or correct the path.`,
      {
        cause,
      },
    );
  });
  return { text, dockerfile: parseDockerfile(text) };
}
