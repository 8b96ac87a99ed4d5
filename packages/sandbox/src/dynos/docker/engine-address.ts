import { SandboxError } from '../../errors/sandbox-error.ts';

/** The address of a Docker Engine, as options for node:http. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

const defaultSocket = '/var/run/docker.sock';

/**
 * Returns the engine that DOCKER_HOST names, or else the one on the default socket.
 *
 * @throws SandboxError DOCKER_UNAVAILABLE for an engine on another machine, or one with TLS or SSH
 */
export function engineAddress(environment: NodeJS.ProcessEnv): EngineAddress {
  const given = environment['DOCKER_HOST'] ?? '';
  if (given === '') return { socketPath: defaultSocket };
  if (given.startsWith('unix:///')) return { socketPath: given.slice('unix://'.length) };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain = url && /^(tcp|http):$/.test(url.protocol) && !environment['DOCKER_TLS_VERIFY'];
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (!isPlain || !/^(localhost|127(\.\d+){3}|::1)$/.test(host)) {
    throw new SandboxError(
      'DOCKER_UNAVAILABLE',
      `DOCKER_HOST=${given}: DOCKER_UNAVAILABLE: dynos run only on this machine, on an engine at unix:///PATH or tcp://127.0.0.1:PORT. Set DOCKER_HOST to one, or drop --dynos docker.`,
    );
  }
  return { host, port: Number(url.port || 2375) };
}

/** In DOCKER_HOST's form. */
export const engineText = (address: EngineAddress): string =>
  'socketPath' in address ? `unix://${address.socketPath}` : `tcp://${address.host}:${address.port}`;
