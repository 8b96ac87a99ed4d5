import { existsSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { RegistryPusherError } from '../errors.ts';

/** Which Docker Engine; by default DOCKER_HOST, or the socket that Docker makes on this machine. */
export interface EngineOptions {
  /** An absolute path, as /var/run/docker.sock. */
  readonly socketPath?: string;
  /** `unix:///run/docker.sock` or `tcp://docker:2376`; TLS as DOCKER_CERT_PATH and DOCKER_TLS_VERIFY say. */
  readonly dockerHost?: string;
}

/** The engine's two ways to carry out a Dockerfile. */
export type Builder = 'BuildKit' | 'classic builder';

/** What is asked of the engine for one build. @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild */
export interface EngineBuild {
  readonly tag: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** The network of RUN, as `docker build --network`. */
  readonly network?: string | undefined;
}

/** The parts of a Docker Engine that a build needs. Cancelled or closed, it ends what is under way with an error. */
export interface Engine {
  /** How messages call it. */
  readonly address: string;
  /** The output of a build as it comes: lines of JSON. A build that fails is told there. */
  build(context: Readable, builder: Builder, wanted: EngineBuild): Promise<Readable>;
  /** What `docker save` writes. */
  save(image: string): Promise<Readable>;
  /** Takes a name off an image, and deletes the image when that was its last one; the cache for other builds stays. */
  untag(image: string): Promise<void>;
  close(): void;
}

/** The first version of the API that builds with BuildKit: Docker 18.09. */
const oldestApi = [1, 39] as const;
const defaultSocket = '/var/run/docker.sock';

/**
 * Connects to a Docker Engine and sees that it answers. The client is loaded only now: loading it takes half a second.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, with what to do
 */
export async function connectEngine(options: EngineOptions, signal?: AbortSignal): Promise<Engine> {
  const { default: Client } = await import('dockerode').catch((cause: unknown) => {
    throw unavailable('The package dockerode is not installed: npm install dockerode', cause);
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
    build: (context, builder, wanted) => build(docker, context, builder, wanted, signal),
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

async function build(
  docker: Docker,
  context: Readable,
  builder: Builder,
  wanted: EngineBuild,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  signal?.throwIfAborted();
  const { tag, dockerfile, buildArgs, target, network } = wanted;
  return (await docker.buildImage(context, {
    version: builder === 'BuildKit' ? '2' : '1',
    t: tag,
    dockerfile,
    buildargs: { ...buildArgs },
    platform: 'linux/amd64',
    rm: true,
    forcerm: true,
    ...(signal === undefined ? {} : { abortSignal: signal }),
    ...(target === undefined ? {} : { target }),
    ...(network === undefined ? {} : { networkmode: network }),
  })) as Readable;
}

function addressOf({ socketPath, dockerHost }: EngineOptions): URL {
  const environment = process.env['DOCKER_HOST'];
  if (socketPath !== undefined) return new URL(`unix://${socketPath}`);
  const text = dockerHost ?? (environment ? environment : `unix://${firstSocket()}`);
  if (/^(?:unix|tcp|http|https):\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw unavailable(`"${text}" is not an address of a Docker Engine: expected unix:///path or tcp://host:port`);
}

function firstSocket(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const candidates = [
    defaultSocket,
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
  ];
  return candidates.find((path) => existsSync(path)) ?? defaultSocket;
}

function clientOptions(address: URL): Record<string, unknown> {
  if (address.protocol === 'unix:') return { socketPath: address.pathname, host: undefined };
  const port = address.port || (usesTls(address) ? '2376' : '2375');
  return { host: address.hostname, port, protocol: usesTls(address) ? 'https' : 'http' };
}

function usesTls(address: URL): boolean {
  if (address.protocol === 'https:') return true;
  return address.protocol === 'tcp:' && (Boolean(process.env['DOCKER_TLS_VERIFY']) || address.port === '2376');
}

/** Knows every connection, so that none outlives the build, whatever it was used for. */
function trackingAgent(address: URL, sockets: Set<Socket>): HttpAgent {
  const agent = usesTls(address) ? new HttpsAgent() : new HttpAgent();
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...args: Parameters<typeof create>) => {
    const socket = create(...args) as Socket;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  return agent;
}

async function requireRecent(docker: Docker, address: URL): Promise<void> {
  const { ApiVersion, Version } = await docker.version().catch((cause: unknown) => {
    throw notAnswering(address, cause as NodeJS.ErrnoException);
  });
  const [major = 0, minor = 0] = ApiVersion.split('.').map(Number);
  if (major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1])) return;
  throw unavailable(
    `The Docker Engine at ${address.href} is version ${Version} with API ${ApiVersion}; API ${oldestApi.join('.')} (Docker 18.09) is needed. Update it`,
  );
}

function notAnswering(address: URL, cause: NodeJS.ErrnoException): RegistryPusherError {
  const advice =
    cause.code === 'EACCES'
      ? 'You may not use its socket: join the group docker, or use rootless Docker'
      : 'Start Docker, or name a running engine in DOCKER_HOST. A Dockerfile without RUN needs none: --builder direct';
  return unavailable(`No Docker Engine answers at ${address.href} (${cause.code ?? cause.message}). ${advice}`, cause);
}

function unavailable(message: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('ENGINE_UNAVAILABLE', `${message}.`, { cause });
}
