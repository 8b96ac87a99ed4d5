import { SandboxError } from '../errors.ts';
import type { ConnectOptions } from './connect.ts';
import type { SandboxStatus } from './status.ts';

/** Throws OPTION_INVALID when the sandbox that runs was started with other options than those that are wanted now. */
export function assertAsWanted(status: SandboxStatus, { dynos, tls }: ConnectOptions): void {
  if (dynos !== undefined && dynos !== status.dynos) {
    const found = status.dynos === 'docker' ? 'containers' : 'processes';
    throw otherwise('dynos', `they are ${found}`, `--dynos ${dynos}`, status);
  }
  if (!tls) return;
  const port = tls === true ? undefined : tls.port;
  if (!status.tls) throw otherwise('tls', 'there is no port for it', '--tls', status);
  if (port && port !== status.tls.port) {
    throw otherwise('tls', `its port is ${status.tls.port}`, `--tls ${port}`, status);
  }
}

function otherwise(option: string, found: string, flag: string, { pid }: SandboxStatus): SandboxError {
  return new SandboxError(
    'OPTION_INVALID',
    `${option}: OPTION_INVALID: in the sandbox that runs (pid ${pid}) ${found}. Stop it (tozo sandbox stop), then start it with ${flag}.`,
  );
}
