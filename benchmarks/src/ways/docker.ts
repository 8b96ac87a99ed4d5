import { join } from 'node:path';
import { runCommand } from '../process.ts';
import { assertNothingCached, dockerCli, startEngine } from '../servers/engine.ts';
import type { Deployed, Destination, Way } from './way.ts';

export interface DockerOptions {
  readonly name: string;
  readonly app: string;
  /** Builds with BuildKit instead of the engine's classic builder. */
  readonly buildKit: boolean;
}

/**
 * The tutorials' job, command by command: `docker login`, `docker build`, `docker push`, and `curl` with the image ID from
 * `docker inspect`. It runs on an empty engine, as with docker-in-docker. The engine's start isn't counted.
 */
export function dockerWay({ name, app, buildKit }: DockerOptions, destination: Destination): Way {
  return {
    name,
    app,
    async prepare(directory) {
      const engine = await startEngine(join(directory, 'engine'));
      await assertNothingCached(engine);
      const env = { ...engine.env, DOCKER_BUILDKIT: buildKit ? '1' : '0' };
      return {
        deploy: (checkout) => deploy(app, destination, checkout, env),
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      };
    },
  };
}

async function deploy(
  app: string,
  { apiUrl, apiKey, registryUrl }: Destination,
  checkout: string,
  env: NodeJS.ProcessEnv,
): Promise<Deployed> {
  const registry = new URL(registryUrl).host;
  const image = `${registry}/${app}/web`;
  const docker = (args: string[], input = '') => runCommand(dockerCli, args, { cwd: checkout, env, input });

  await docker(['login', '--username', '_', '--password-stdin', registry], apiKey);
  const build = await docker(['build', '--tag', image, '.']);
  const push = await docker(['push', image]);
  const imageId = (await docker(['inspect', '--format', '{{.Id}}', image])).stdout.trim();
  await runCommand(
    'curl',
    [
      ...['--fail', '--silent', '--show-error', '--request', 'PATCH', `${apiUrl}/apps/${app}/formation`],
      ...['--header', 'Content-Type: application/json'],
      ...['--header', 'Accept: application/vnd.heroku+json; version=3.docker-releases'],
      ...['--header', '@-', '--data', JSON.stringify({ updates: [{ type: 'web', docker_image: imageId }] })],
    ],
    { env, input: `Authorization: Bearer ${apiKey}\n` },
  );
  return { build: build.seconds, push: push.seconds };
}
