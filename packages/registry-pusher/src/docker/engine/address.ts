import { existsSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { engineUnavailableError } from './errors.ts';

/** The Docker Engine to use. The default is DOCKER_HOST, or this machine's Docker socket. */
export interface EngineOptions {
  /** An absolute path, such as /var/run/docker.sock. */
  readonly socketPath?: string;
  /** `unix:///run/docker.sock` or `tcp://docker:2376`. DOCKER_CERT_PATH and DOCKER_TLS_VERIFY configure TLS. */
  readonly dockerHost?: string;
}

const defaultSocket = '/var/run/docker.sock';

/** @throws RegistryPusherError ENGINE_UNAVAILABLE */
export function addressOf({ socketPath, dockerHost }: EngineOptions): URL {
  const environment = process.env['DOCKER_HOST'];
  if (socketPath !== undefined) return new URL(`unix://${socketPath}`);
  const text = dockerHost ?? (environment ? environment : `unix://${findSocket()}`);
  if (/^(?:unix|tcp|http|https):\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw engineUnavailableError(
    `"${text}" isn't a valid address of a Docker Engine: expected unix:///path or tcp://host:port`,
  );
}

function findSocket(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const candidates = [
    defaultSocket,
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(homedir(), '.docker', 'run', 'docker.sock'),
  ];
  return candidates.find((path) => existsSync(path)) ?? defaultSocket;
}

/** Returns dockerode's connection options for an address. */
export function clientOptionsFor(address: URL): Record<string, unknown> {
  if (address.protocol === 'unix:') return { socketPath: address.pathname, host: undefined };
  const port = address.port || (usesTls(address) ? '2376' : '2375');
  return { host: address.hostname, port, protocol: usesTls(address) ? 'https' : 'http' };
}

/** Returns whether connections to an address stay on this machine. */
export function isLocal({ protocol, hostname }: URL): boolean {
  return protocol === 'unix:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function usesTls(address: URL): boolean {
  if (address.protocol === 'https:') return true;
  return address.protocol === 'tcp:' && (Boolean(process.env['DOCKER_TLS_VERIFY']) || address.port === '2376');
}

/** Creates an agent that adds its open connections to `sockets`, which lets the caller close all of them. */
export function createTrackingAgent(address: URL, sockets: Set<Socket>): HttpAgent {
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
