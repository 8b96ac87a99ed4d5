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
  /** The sandbox's directory. Only identifies its containers; nothing is written there. */
  readonly dir: string;
  readonly images: ImageStore;
  readonly openBlob: OpenBlob;
  /** From SIGTERM to SIGKILL. Default: 30,000 ms, as on Heroku. */
  readonly killAfterMs?: number;
  /** How often to check a dyno's memory. Default: 20,000 ms, as on Heroku. */
  readonly memoryCheckMs?: number;
  /** A memory quota for all dyno sizes. Default: the size's quota. */
  readonly memoryMb?: number;
  /** The environment with DOCKER_HOST. Default: this process's environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs dynos as containers of the local Docker Engine: never as root, without capabilities, on the host's network. The
 * router reaches them, and they reach this machine's servers.
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

  const kill = (): void => [...running.keys()].forEach((dyno) => dyno.kill());

  return { start, kill, close };
}
