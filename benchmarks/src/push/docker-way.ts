import { join } from 'node:path';
import { runCommand } from '../process.ts';
import { assertNothingCached, dockerCli, startEngine } from '../servers/engine.ts';
import { type Place, referenceOf } from './place.ts';

/** Seconds of one build and of the pushes of its image. */
export interface DockerRun {
  readonly build: number;
  /** To a registry with the layers of the base and of the last image. */
  readonly again: number;
  /** To an empty registry. */
  readonly first: number;
}

/**
 * Runs `docker build` on an empty engine, as with docker-in-docker, and `docker push` to two registries, one after the other.
 * The engine's start isn't counted.
 */
export async function dockerRun(
  context: string,
  directory: string,
  buildKit: boolean,
  { again, first }: { readonly again: Place; readonly first: Place },
): Promise<DockerRun> {
  await using engine = await startEngine(join(directory, 'engine'));
  await assertNothingCached(engine);
  const env = { ...engine.env, DOCKER_BUILDKIT: buildKit ? '1' : '0' };
  const docker = async (...args: string[]) => (await runCommand(dockerCli, args, { cwd: context, env })).seconds;
  const build = await docker('build', '--tag', referenceOf(again), '.');
  const pushedAgain = await docker('push', referenceOf(again));
  await docker('tag', referenceOf(again), referenceOf(first));
  return { build, again: pushedAgain, first: await docker('push', referenceOf(first)) };
}
