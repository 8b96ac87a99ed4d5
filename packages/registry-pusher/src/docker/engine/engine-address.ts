import { existsSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { engineUnavailable } from './engine-errors.ts';

/** Which Docker Engine; by default DOCKER_HOST, or the socket that Docker makes on this machine. */
export interface EngineOptions {
  /** An absolute path, as /var/run/docker.sock. */
  readonly socketPath?: string;
  /** `unix:///run/docker.sock` or `tcp://docker:2376`; TLS as DOCKER_CERT_PATH and DOCKER_TLS_VERIFY say. */
  readonly dockerHost?: string;
}

const defaultSocket = '/var/run/docker.sock';

/** @throws RegistryPusherError ENGINE_UNAVAILABLE */
export function addressOf({ socketPath, dockerHost }: EngineOptions): URL {
  const environment = process.env['DOCKER_HOST'];
  if (socketPath !== undefined) return new URL(`unix://${socketPath}`);
  const text = dockerHost ?? (environment ? environment : `unix://${firstSocket()}`);
  if (/^(?:unix|tcp|http|https):\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw engineUnavailable(`"${text}" is not an address of a Docker Engine: expected unix:///path or tcp://host:port`);
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

/** What dockerode is told of an address. */
export function clientOptions(address: URL): Record<string, unknown> {
  if (address.protocol === 'unix:') return { socketPath: address.pathname, host: undefined };
  const port = address.port || (usesTls(address) ? '2376' : '2375');
  return { host: address.hostname, port, protocol: usesTls(address) ? 'https' : 'http' };
}

/** Whether it is reached without leaving this machine. */
export function isOnThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'unix:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function usesTls(address: URL): boolean {
  if (address.protocol === 'https:') return true;
  return address.protocol === 'tcp:' && (Boolean(process.env['DOCKER_TLS_VERIFY']) || address.port === '2376');
}

/** Knows every connection, so that none outlives the build, whatever it was used for. */
export function trackingAgent(address: URL, sockets: Set<Socket>): HttpAgent {
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
