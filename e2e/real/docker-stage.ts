import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildRequest, createRegistryClient, type RegistryClient } from '@tozo/registry-pusher';
import { type Distribution, distributionPrograms, startDistribution } from './distribution.ts';
import {
  type DaemonOptions,
  daemonBlocker,
  daemonPrograms,
  type DockerDaemon,
  startDockerDaemon,
} from './docker-daemon.ts';
import { basicHeader } from './guarded-registry.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

/** Registries, an engine and a client for builds with a real engine. */
export interface DockerStage extends AsyncDisposable {
  /** Contains `library/base`, without a login. */
  readonly hub: Distribution;
  /** Requires {@link stageLogin}, which `client` and the engine's own client have. */
  readonly registry: Distribution;
  readonly engine: DockerDaemon;
  readonly client: RegistryClient;
  /** Writes a build context with one file and a Dockerfile on the base. */
  contextOf(lines: readonly string[], from?: string): Promise<BuildRequest>;
}

export const stageLogin = { username: '_', password: 'a-key' };
/** A private engine has no bridge, so build steps use the machine's network. */
export const network = 'host';

const absent = missingPrograms([...daemonPrograms, ...distributionPrograms, 'skopeo', 'buildah']);
/** Why no engine can be used, if so. */
export const blocker =
  absent.length > 0
    ? `not installed: ${absent.join(', ')} (apt-get install docker.io docker-registry skopeo buildah apache2-utils)`
    : daemonBlocker();

/** The directory of a newer engine's programs. Its containerd store saves images in another format. */
const newer = process.env['NEWER_DOCKER_BIN'];

export interface AvailableEngine {
  readonly title: string;
  readonly daemon: DaemonOptions;
  /** The builders that are worth the time: the classic one works the same in every store of an engine. */
  readonly builders: readonly ('buildkit' | 'classic')[];
}

const both = ['buildkit', 'classic'] as const;

/** The available engines, once for each image store. */
export const engines: readonly AvailableEngine[] = [
  { title: 'the installed Docker Engine', daemon: {}, builders: both },
  ...(newer ? storesOf(newer) : []),
];

function storesOf(bin: string): AvailableEngine[] {
  const inContainerd = { bin, features: { 'containerd-snapshotter': true } };
  return [
    { title: 'a newer engine with the containerd image store', daemon: inContainerd, builders: both },
    { title: 'a newer engine with the classic image store', daemon: { bin }, builders: ['buildkit'] },
  ];
}

/** Says what isn't tested, and why. */
export const skipped: readonly string[] = [
  ...(blocker === undefined ? [] : [`skipped: ${blocker}`]),
  ...(newer ? [] : ['skipped: no newer engine (set NEWER_DOCKER_BIN to the directory of its programs)']),
];

export async function startDockerStage(daemon: DaemonOptions): Promise<DockerStage> {
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
