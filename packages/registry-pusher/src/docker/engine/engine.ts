import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../../registry/login/credentials.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { addressOf, clientOptions, type EngineOptions, isOnThisMachine, trackingAgent } from './engine-address.ts';
import { engineUnavailable, notAnswering, refusedWith } from './engine-errors.ts';

/** What is asked of the engine for one build. @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild */
export interface EngineBuild {
  readonly tag: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** The network of RUN, as `docker build --network`. */
  readonly network?: string | undefined;
  /** Images in registries whose layers are taken over where they fit. */
  readonly cacheFrom?: readonly string[] | undefined;
}

/** The engine's two ways to carry out a Dockerfile, and where each one finds the context and credentials. */
export type BuildSource =
  | { readonly builder: 'BuildKit'; readonly session: string; readonly contextUrl: string }
  | { readonly builder: 'classic'; readonly context: Readable; readonly logins: Readonly<Record<string, EngineLogin>> };

/** Credentials as the classic builder takes them, by registry. */
export type EngineLogin = { readonly username: string; readonly password: string } | { readonly identitytoken: string };

/** What an engine tells of an image that it built. */
export interface BuiltFacts {
  readonly os: string;
  readonly architecture: string;
  /** In bytes, packed or not. */
  readonly size: number;
  readonly diffIds: readonly string[];
}

/** The parts of a Docker Engine that a build needs. Cancelled or closed, it ends what is under way with an error. */
export interface Engine {
  /** How messages call it. */
  readonly address: string;
  /** Whether it may share this machine's loopback: one that is reached over the network does not. */
  readonly isHere: boolean;
  /** A connection on which BuildKit asks; undefined from an engine that has no BuildKit. */
  openSession(headers: Readonly<Record<string, string | readonly string[]>>): Promise<Socket | undefined>;
  /** The output of a build as it comes: lines of JSON. A build that fails is told there. */
  build(source: BuildSource, wanted: EngineBuild): Promise<Readable>;
  inspect(image: string): Promise<BuiltFacts>;
  /** Has the engine ask a registry for an image. What it thinks of the answer is of no interest. */
  askRegistry(image: ImageReference, login: RegistryCredentials): Promise<void>;
  /** The output of `docker push` as it comes, of an image under a name that it gets for that and keeps. */
  push(image: string, target: ImageReference, login: RegistryCredentials): Promise<Readable>;
  /** What `docker save` writes. */
  save(image: string): Promise<Readable>;
  /** Takes a name off an image, and deletes the image when that was its last one; the cache for other builds stays. */
  untag(image: string): Promise<void>;
  close(): void;
}

/** The first version of the API that builds with BuildKit: Docker 18.09. */
const oldestApi = [1, 39] as const;

/**
 * Connects to a Docker Engine and sees that it answers. The client is loaded only now: loading it takes half a second.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, with what to do
 */
export async function connectEngine(options: EngineOptions, signal?: AbortSignal): Promise<Engine> {
  const { default: Client } = await import('dockerode').catch((cause: unknown) => {
    throw engineUnavailable('The package dockerode is not installed: npm install dockerode', cause);
  });
  const address = addressOf(options);
  const sockets = new Set<Socket>();
  const docker = new Client({
    ...clientOptions(address),
    agent: trackingAgent(address, sockets),
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
    await requireRecent(docker, address);
  } catch (error) {
    close();
    throw error;
  }
  return {
    address: address.href,
    isHere: isOnThisMachine(address),
    openSession: (headers) => openSession(docker, headers),
    build: (source, wanted) => {
      signal?.throwIfAborted();
      return build(docker, source, wanted);
    },
    inspect: async (image) => {
      const { Os: os, Architecture: architecture, Size: size, RootFS } = await docker.getImage(image).inspect();
      return { os, architecture, size, diffIds: RootFS.Layers ?? [] };
    },
    askRegistry: (image, login) => askRegistry(docker, image, login),
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

/** dockerode's own build opens a session that answers one credential to whoever asks, so its request is made here. */
async function build(docker: Docker, source: BuildSource, wanted: EngineBuild): Promise<Readable> {
  const { tag, dockerfile, buildArgs, target, network, cacheFrom } = wanted;
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
    ...(isBuildKit ? { session: source.session, remote: source.contextUrl } : {}),
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
      if (refusedWith(error) === undefined) throw error;
      return undefined;
    },
  );
}

async function askRegistry(docker: Docker, image: ImageReference, login: RegistryCredentials): Promise<void> {
  const path = `/distribution/${formatImageReference(image)}/json`;
  await dial(docker, { method: 'GET', path, authconfig: login, statusCodes: { 200: true } }).catch((error: unknown) => {
    if (refusedWith(error) === undefined) throw error;
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

/** A request as docker-modem, the transport of dockerode, takes it. */
interface Dialled {
  readonly method?: 'GET';
  readonly path: string;
  readonly options?: object;
  readonly headers?: object;
  readonly file?: Readable;
  readonly registryconfig?: object;
  readonly authconfig?: object;
  readonly hijack?: boolean;
  readonly isStream?: boolean;
  /** Every other status is an error. */
  readonly statusCodes: Readonly<Record<number, true>>;
}

async function dial(docker: Docker, request: Dialled): Promise<unknown> {
  const modem = docker.modem as { dial(request: object, done: (error: Error | null, answer: unknown) => void): void };
  return new Promise((resolve, reject) => {
    modem.dial({ method: 'POST', ...request }, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

async function requireRecent(docker: Docker, address: URL): Promise<void> {
  const { ApiVersion, Version } = await docker.version().catch((cause: unknown) => {
    throw notAnswering(address.href, cause as NodeJS.ErrnoException);
  });
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number);
  if (major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1])) return;
  throw engineUnavailable(
    `The Docker Engine at ${address.href} is version ${Version} with API ${ApiVersion}; API ${oldestApi.join('.')} (Docker 18.09) is needed. Update it`,
  );
}
