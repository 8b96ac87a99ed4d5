import type { DynoKind } from '../dynos/dyno.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import type { SandboxStatus } from './status.ts';

/** Options that a running sandbox can't change. */
export interface FixedOptions {
  /** How dynos run. Default: as processes in a new sandbox, any way in a running one. */
  readonly dynos?: DynoKind;
  /** Also serves the real host names over TLS, on this port or any free one. */
  readonly tls?: boolean | { readonly port?: number };
}

/** Throws OPTION_INVALID if the running sandbox was started with other options. */
export function assertSameOptions(status: SandboxStatus, { dynos, tls }: FixedOptions): void {
  if (dynos !== undefined && dynos !== status.dynos) {
    const found = status.dynos === 'docker' ? 'dynos are containers' : 'dynos are processes';
    throw optionError('dynos', found, `--dynos ${dynos}`, status);
  }
  if (!tls) return;
  const port = tls === true ? undefined : tls.port;
  if (!status.tls) throw optionError('tls', 'TLS is off', '--tls', status);
  if (port && port !== status.tls.port) {
    throw optionError('tls', `the TLS port is ${status.tls.port}`, `--tls ${port}`, status);
  }
}

function optionError(option: string, found: string, flag: string, { pid }: SandboxStatus): SandboxError {
  return new SandboxError(
    'OPTION_INVALID',
    `${option}: OPTION_INVALID: in the running sandbox (pid ${pid}) ${found}. Stop it (tozo sandbox stop), then start it with ${flag}.`,
  );
}
