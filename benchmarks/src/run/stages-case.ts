import { join } from 'node:path';
import { referenceOf } from '../push/place.ts';
import { stages, writeCheckout } from './project.ts';
import type { Case } from './report.ts';
import { assertMeasured, note, placeAt, type Stage } from './stage.ts';
import { Series } from './tutorial-case.ts';
import { cachedBuildKitRun, dockerRun, pushOurs } from './ways.ts';

/** A stage installs and builds, and a cache in a registry has what it installed: one line changed. */
export async function measureStages(stage: Stage): Promise<Case[]> {
  const { directory, base, registry, packages, rounds } = stage;
  const bin = process.env['NEWER_DOCKER_BIN'];
  const runner = join(directory, 'runner');
  const dockerfile = stages(base);
  const name = 'multi-stage, one line changed, cache repository';
  const series = new Series();
  const target = placeAt(registry, 'stages');
  const cache = referenceOf(placeAt(registry, 'stages-cache'));
  const options = ['--cache-from', cache, '--cache-to', cache];
  const newer = { target: placeAt(registry, 'stages-buildkit'), cache: placeAt(registry, 'stages-buildkit-cache') };

  const before = await writeCheckout(join(directory, 'checkout'), { dockerfile, version: 'first', packages });
  await pushOurs(before, target, runner, options);
  if (bin) await cachedBuildKitRun(before, directory, bin, newer);

  for (let round = 1; round <= rounds; round++) {
    const version = `round ${round}`;
    const context = await writeCheckout(join(directory, 'checkout'), { dockerfile, version, packages });
    const ours = await pushOurs(context, target, runner, options);
    assertMeasured(ours.runs.join() === 'reused,executed', `RUN was ${ours.runs.join()}`);
    series.ours.push(note(name, 'ours', ours.seconds));
    const places = { again: placeAt(registry, 'stages-docker'), first: placeAt(registry, 'stages-docker-first') };
    const docker = await dockerRun(context, directory, true, places);
    series.add('docker build (BuildKit)', note(name, 'docker', docker.build + docker.again));
    if (!bin) continue;
    const cached = await cachedBuildKitRun(context, directory, bin, newer);
    series.add('BuildKit 26 with a cache', note(name, 'BuildKit 26 with a cache', cached));
  }
  const goals = { 'docker build (BuildKit)': 0.35, ...(bin ? { 'BuildKit 26 with a cache': 0.5 } : {}) };
  return [{ name, ...series.all, goals }];
}
