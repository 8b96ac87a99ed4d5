import { join } from 'node:path';
import { runCommand } from '../process.ts';
import { pushDirectly, type PushResult } from '../push/node-ways.ts';
import { type Place, referenceOf } from '../push/place.ts';
import { assertNothingCached, dockerCli, startEngine } from '../servers/engine.ts';

export interface OurRun extends PushResult {
  /** What became of each RUN. */
  readonly runs: readonly ('executed' | 'reused')[];
}

/** Runs `registry-pusher push` as it gets published on an empty runner. */
export async function pushOurs(
  context: string,
  target: Place,
  runner: string,
  options: readonly string[] = [],
): Promise<OurRun> {
  const result = await pushDirectly({ context, target, runner }, options);
  const runs = [...result.progress.matchAll(/^Dockerfile line \d+: RUN .* (runs: |is reused )/gm)].map(([, what]) =>
    what === 'runs: ' ? ('executed' as const) : ('reused' as const),
  );
  return { ...result, runs };
}

/** Seconds of one build, and of the pushes of its image: to a registry with the last image, and to an empty one. */
export interface DockerRun {
  readonly build: number;
  readonly again: number;
  readonly first: number;
}

/** Runs `docker build` on an empty engine, as with docker-in-docker, and `docker push` to two registries. */
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
  const build = await docker('build', '--network', 'host', '--tag', referenceOf(again), '.');
  const pushedAgain = await docker('push', referenceOf(again));
  await docker('tag', referenceOf(again), referenceOf(first));
  return { build, again: pushedAgain, first: await docker('push', referenceOf(first)) };
}

/** Runs `buildx build --push` on an empty engine of a newer version, with its cache in a registry. */
export async function cachedBuildKitRun(
  context: string,
  directory: string,
  bin: string,
  { target, cache }: { readonly target: Place; readonly cache: Place },
): Promise<number> {
  await using engine = await startEngine(join(directory, 'engine'), { bin, containerdImages: true });
  const reference = referenceOf(cache);
  const args = [
    ...['build', '--network', 'host', '--push', '--tag', referenceOf(target)],
    ...['--cache-from', `type=registry,ref=${reference}`, '--cache-to', `type=registry,ref=${reference},mode=max`],
  ];
  // Docker's client only finds plugins of the installed engine.
  const buildx = join(bin, '../libexec/docker/cli-plugins/docker-buildx');
  return (await runCommand(buildx, [...args, '.'], { cwd: context, env: engine.env })).seconds;
}
