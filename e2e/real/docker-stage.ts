import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildRequest, createRegistryClient, type RegistryClient } from '@tozo/registry-pusher';
import { type Distribution, distributionPrograms, startDistribution } from './distribution.ts';
import {
  type DaemonOptions,
  daemonHindrance,
  daemonPrograms,
  type DockerDaemon,
  startDockerDaemon,
} from './docker-daemon.ts';
import { basicHeader } from './guarded-registry.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

/** What a build with a real engine needs around it. */
export interface DockerStage extends AsyncDisposable {
  /** Holds `library/base`, for everybody. */
  readonly hub: Distribution;
  /** Asks for {@link stageLogin}, which the client has and the engine's own client. */
  readonly registry: Distribution;
  readonly engine: DockerDaemon;
  readonly client: RegistryClient;
  /** Writes a build context with one file and a Dockerfile that starts from the base. */
  contextOf(lines: readonly string[], from?: string): Promise<BuildRequest>;
}

export const stageLogin = { username: '_', password: 'a-key' };
/** No bridge exists beside a private engine, so its steps use the machine's network. */
export const network = 'host';

const absent = missingPrograms([...daemonPrograms, ...distributionPrograms, 'skopeo', 'buildah']);
/** Why no engine can be used here. */
export const hindrance =
  absent.length > 0
    ? `no ${absent.join(', ')} here (apt-get install docker.io docker-registry skopeo buildah apache2-utils)`
    : daemonHindrance();

/** A second, newer engine: the directory that holds its programs. Its store in containerd saves images in another form. */
const newer = process.env['NEWER_DOCKER_BIN'];

export interface EngineHere {
  readonly title: string;
  readonly daemon: DaemonOptions;
  /** Those of its builders that are worth the time: the classic one is the same in every store of one engine. */
  readonly builders: readonly ('buildkit' | 'classic')[];
}

const both = ['buildkit', 'classic'] as const;

/** The engines that are here, each with the image stores that it has. */
export const engines: readonly EngineHere[] = [
  { title: 'the installed Docker Engine', daemon: {}, builders: both },
  ...(newer ? storesOf(newer) : []),
];

function storesOf(bin: string): EngineHere[] {
  const inContainerd = { bin, features: { 'containerd-snapshotter': true } };
  return [
    { title: 'a newer engine that keeps images in containerd', daemon: inContainerd, builders: both },
    { title: 'a newer engine with the classic image store', daemon: { bin }, builders: ['buildkit'] },
  ];
}

/** What is not tested here, and why. */
export const skipped: readonly string[] = [
  ...(hindrance === undefined ? [] : [`skipped: ${hindrance}`]),
  ...(newer ? [] : ['skipped: no newer engine here (NEWER_DOCKER_BIN names the directory of its programs)']),
];

export async function setDockerStage(daemon: DaemonOptions): Promise<DockerStage> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-docker-'));
  const [hub, registry] = await Promise.all([startDistribution(), startDistribution(stageLogin)]);
  const auth = basicHeader(stageLogin).slice('Basic '.length);
  const engine = await startDockerDaemon({ ...daemon, auths: { [registry.name]: { auth } } });
  const client = createRegistryClient({ endpoints: { [registry.name]: { credentials: stageLogin } } });
  await client.push(machineImage(), { registry: hub.name, repository: 'library/base' });
  let contexts = 0;
  return {
    hub,
    registry,
    engine,
    client,
    async contextOf(lines, from = `${hub.name}/library/base`) {
      const context = join(directory, String(++contexts));
      await mkdir(context);
      await writeFile(join(context, 'app.txt'), 'the app');
      await writeFile(join(context, 'Dockerfile'), [`FROM ${from}`, ...lines, ''].join('\n'));
      return { context, dockerfile: join(context, 'Dockerfile') };
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await engine[Symbol.asyncDispose]();
      await Promise.all([hub[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
      await rm(directory, { recursive: true });
    },
  };
}
