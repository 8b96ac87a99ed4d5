import { type Dockerfile, parseDockerfile } from './dockerfile/parse.ts';
import { RegistryPusherError } from '../image/errors.ts';
import { readTextFile } from '../files/read-text-file.ts';

/** @throws RegistryPusherError DOCKERFILE_MISSING, DOCKERFILE_INVALID */
export async function readDockerfile(path: string): Promise<{ text: string; dockerfile: Dockerfile }> {
  const text = await readTextFile(path).catch((cause: unknown) => {
    if (cause instanceof RegistryPusherError) throw cause;
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
