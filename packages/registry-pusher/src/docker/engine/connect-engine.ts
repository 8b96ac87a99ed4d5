import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import type { RegistryCredentials } from '../../registry/login/credentials.ts';
import { addressOf, clientOptionsFor, createTrackingAgent, type EngineOptions, isLocal } from './address.ts';
import type { BuildSource, Engine, EngineBuildOptions } from './engine.ts';
import { connectionError, engineUnavailableError, statusOf } from './errors.ts';
import { type Docker, loadDockerode } from './load-dockerode.ts';

/** The first API version with BuildKit: Docker 18.09. */
const minApiVersion = [1, 39] as const;

/**
 * Connects to a Docker Engine and checks that it responds.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE
 */
export async function connectEngine(options: EngineOptions, signal?: AbortSignal): Promise<Engine> {
  const Client = await loadDockerode();
  const address = addressOf(options);
  const sockets = new Set<Socket>();
  const docker = new Client({
    ...clientOptionsFor(address),
    agent: createTrackingAgent(address, sockets),
  } as Docker.DockerOptions);
  const disconnect = () => {
    for (const socket of sockets) socket.destroy();
  };
  signal?.addEventListener('abort', disconnect);
  const close = () => {
    signal?.removeEventListener('abort', disconnect);
    disconnect();
  };
  try {
    await assertRecentVersion(docker, address);
  } catch (error) {
    close();
    throw error;
  }
  return {
    address: address.href,
    isLocal: isLocal(address),
    openSession: (headers) => openSession(docker, headers),
    build: (source, buildOptions) => {
      signal?.throwIfAborted();
      return build(docker, source, buildOptions);
    },
    inspect: async (image) => {
      const found = await docker.getImage(image).inspect();
      const { Os: os, Architecture: architecture, Size: size, RootFS, RepoTags, RepoDigests } = found;
      const names = [RepoTags, RepoDigests].flatMap((each: readonly string[] | null | undefined) => each ?? []);
      return { os, architecture, size, diffIds: RootFS.Layers ?? [], names };
    },
    probeRegistry: (image, login) => probeRegistry(docker, image, login),
    push: async (image, target, login) => {
      signal?.throwIfAborted();
      return push(docker, image, target, login);
    },
    save: async (image) => {
      signal?.throwIfAborted();
      return (await docker.getImage(image).get()) as Readable;
    },
    untag: async (image) => {
      await docker.getImage(image).remove({ noprune: true });
    },
    close,
  };
}

/** Checks that a Docker Engine responds. @throws RegistryPusherError ENGINE_UNAVAILABLE */
export async function assertEngineAvailable(options: EngineOptions = {}, signal?: AbortSignal): Promise<void> {
  const engine = await connectEngine(options, signal);
  engine.close();
}

/** Bypasses dockerode's own build, whose session sends one credential to every registry. */
async function build(docker: Docker, source: BuildSource, options: EngineBuildOptions): Promise<Readable> {
  const { tag, dockerfile, buildArgs, target, network, cacheFrom } = options;
  const isBuildKit = source.builder === 'BuildKit';
  const query = {
    version: isBuildKit ? '2' : '1',
    t: tag,
    dockerfile,
    buildargs: JSON.stringify(buildArgs),
    platform: 'linux/amd64',
    rm: 'true',
    forcerm: 'true',
    ...(target === undefined ? {} : { target }),
    ...(network === undefined ? {} : { networkmode: network }),
    ...(cacheFrom === undefined ? {} : { cachefrom: JSON.stringify(cacheFrom) }),
    ...(isBuildKit ? { session: source.session, remote: 'client-session' } : {}),
  };
  return (await dial(docker, {
    path: '/build?',
    options: { _query: query, _body: {} },
    isStream: true,
    statusCodes: { 200: true },
    ...(isBuildKit ? {} : { file: source.context, registryconfig: source.logins }),
  })) as Readable;
}

async function openSession(
  docker: Docker,
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<Socket | undefined> {
  const request = { path: '/session', hijack: true, headers: { ...headers, Upgrade: 'h2c' }, statusCodes: {} };
  return dial(docker, request).then(
    (socket) => socket as Socket,
    (error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      return undefined;
    },
  );
}

async function probeRegistry(docker: Docker, image: ImageReference, login: RegistryCredentials): Promise<void> {
  const path = `/distribution/${formatImageReference(image)}/json`;
  await dial(docker, { method: 'GET', path, authconfig: login, statusCodes: { 200: true } }).catch((error: unknown) => {
    if (statusOf(error) === undefined) throw error;
  });
}

async function push(
  docker: Docker,
  image: string,
  { registry, repository, tag = 'latest' }: ImageReference,
  login: RegistryCredentials,
): Promise<Readable> {
  const name = `${registry}/${repository}`;
  await docker.getImage(image).tag({ repo: name, tag });
  const output = await docker.getImage(name).push({ tag, authconfig: { ...login, serveraddress: registry } });
  return output as Readable;
}

/** A request to docker-modem, dockerode's transport. */
interface ModemRequest {
  readonly method?: 'GET';
  readonly path: string;
  readonly options?: object;
  readonly headers?: object;
  readonly file?: Readable;
  readonly registryconfig?: object;
  readonly authconfig?: object;
  readonly hijack?: boolean;
  readonly isStream?: boolean;
  /** The statuses of success. */
  readonly statusCodes: Readonly<Record<number, true>>;
}

async function dial(docker: Docker, request: ModemRequest): Promise<unknown> {
  const modem = docker.modem as { dial(request: object, done: (error: Error | null, result: unknown) => void): void };
  return new Promise((resolve, reject) => {
    modem.dial({ method: 'POST', ...request }, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

async function assertRecentVersion(docker: Docker, address: URL): Promise<void> {
  const { ApiVersion, Version } = await docker.version().catch((cause: unknown) => {
    throw connectionError(address.href, cause as NodeJS.ErrnoException);
  });
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number);
  if (major > minApiVersion[0] || (major === minApiVersion[0] && minor >= minApiVersion[1])) return;
  throw engineUnavailableError(
    `The Docker Engine at ${address.href} is too old: its version is ${Version} with API ${ApiVersion}, API ${minApiVersion.join('.')} (Docker 18.09) is required. Update it`,
  );
}
