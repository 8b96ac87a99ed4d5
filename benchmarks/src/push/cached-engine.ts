import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process.ts';
import { dockerCli, startEngine } from '../servers/engine.ts';
import { pushWithEngine } from './node-ways.ts';
import { type Place, referenceOf } from './place.ts';
import { checkout } from './project.ts';
import type { CaseResult } from './report.ts';
import type { Stage } from './rounds.ts';

/**
 * Compares `registry-pusher push --builder docker` with `docker build` (BuildKit) and `docker push` in an engine that built the
 * last version, in turns. Each way changes a line of its own, because the engine would find the other's result.
 */
export async function measureCachedEngine(stage: Stage): Promise<CaseResult> {
  const directory = join(stage.directory, 'cached-engine');
  await using engine = await startEngine(join(directory, 'engine'));
  const env: NodeJS.ProcessEnv = { ...engine.env, DOCKER_BUILDKIT: '1' };
  const context = join(directory, 'checkout');
  const at = (repository: string): Place => ({ host: stage.registry.host, repository, tag: 'latest' });
  const docker = async (): Promise<number> => {
    const target = referenceOf(at('shop/cached-docker'));
    const build = await runCommand(dockerCli, ['build', '--tag', target, '.'], { cwd: context, env });
    return build.seconds + (await runCommand(dockerCli, ['push', target], { env })).seconds;
  };
  const ours = (): Promise<number> => {
    const target = at('shop/cached-ours');
    return pushWithEngine(
      { context, base: stage.base, target, runner: join(directory, 'runner') },
      env['DOCKER_HOST']!,
    );
  };
  const ways = { 'registry-pusher': ours, 'docker build (BuildKit)': docker } as const;
  const seconds = { 'registry-pusher': [] as number[], 'docker build (BuildKit)': [] as number[] };
  for (let round = 0; round <= stage.rounds; round++)
    for (const way of inTurns(['registry-pusher', 'docker build (BuildKit)'] as const, round)) {
      await rm(context, { recursive: true, force: true });
      await checkout(stage.app, context, stage.base, `${way} ${round}`);
      await runCommand('sync', []);
      const measured = await ways[way]();
      console.error(`engine with cache, ${way}: ${measured.toFixed(2)} s`);
      // The first round fills the caches.
      if (round > 0) seconds[way].push(measured);
    }
  return {
    name: 'one line changed, engine with its cache',
    roundTrip: 0,
    seconds,
    goal: { 'docker build (BuildKit)': 1.05 },
  };
}

function inTurns<T>(ways: readonly T[], round: number): T[] {
  return ways.map((_, index) => ways[(index + round) % ways.length]!);
}
