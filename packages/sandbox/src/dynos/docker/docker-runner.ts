import type { ImageStore } from '../../registry/image-store.ts';
import type { Dyno, DynoRunner, DynoSpec } from '../dyno.ts';
import type { OpenBlob } from '../image/layer-source.ts';
import { containerOf } from './container.ts';
import { startContainer } from './container-dyno.ts';
import { Engine } from './engine.ts';
import { engineAddress } from './engine-address.ts';
import { EngineImages } from './engine-images.ts';
import { guardContainers } from './guard.ts';
import { labelsOf, ownerOf, repositoryOf, sweep } from './owner.ts';

export interface DockerRunnerOptions {
  /** The sandbox's own folder; nothing is written there, it tells its containers from those of others. */
  readonly dir: string;
  readonly images: ImageStore;
  readonly openBlob: OpenBlob;
  /** From SIGTERM to SIGKILL. Default: 30,000 ms, as at Heroku. */
  readonly killAfterMs?: number;
  /** How often a dyno's memory is looked at. Default: 20,000 ms, as at Heroku. */
  readonly memoryCheckMs?: number;
  /** A dyno's memory quota, whatever its size. Default: its size's. */
  readonly memoryMb?: number;
  /** DOCKER_HOST says which engine. Default: this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs dynos as containers of a Docker Engine on this machine: nobody's root, without capabilities, on the machine's own
 * network, so that the router reaches them and they reach what runs here.
 *
 * @throws SandboxError DOCKER_UNAVAILABLE.
 */
export async function createDockerRunner(options: DockerRunnerOptions): Promise<DynoRunner> {
  const { dir, killAfterMs = 30_000, memoryCheckMs = 20_000, memoryMb, environment = process.env } = options;
  const engine = new Engine(engineAddress(environment));
  const { InitCommit } = await engine.info();
  const init = !['', 'N/A'].includes(InitCommit?.ID ?? '');
  const owner = ownerOf(dir);
  const repository = repositoryOf(owner);
  await sweep(engine, owner);
  const releaseGuard = guardContainers(repository, environment);
  const images = new EngineImages(engine, options.images, options.openBlob, repository);
  const running = new Map<Dyno, Promise<void>>();

  async function start(wanted: DynoSpec): Promise<Dyno> {
    const spec = memoryMb === undefined ? wanted : { ...wanted, memoryMb };
    const image = await images.get(spec.image);
    const plan = containerOf(image, spec, { labels: labelsOf(owner, spec.app, spec.name), init });
    const { dyno, removed } = await startContainer({ engine, plan, spec, killAfterMs, memoryCheckMs });
    running.set(
      dyno,
      removed.finally(() => running.delete(dyno)),
    );
    return dyno;
  }

  async function close(): Promise<void> {
    await Promise.all([...running.keys()].map(async (dyno) => await dyno.stop()));
    await Promise.all(running.values());
    await images.remove();
    releaseGuard();
  }

  return { start, close };
}
