import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAddresses } from './addresses.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { Faults } from '../faults/faults.ts';
import { requireFired } from '../faults/require-fired.ts';
import { type FaultTarget, withFaults } from '../faults/apply-faults.ts';
import { Journal } from '../journal/journal.ts';
import type { GeneralRegistryOptions } from '../registry/general.ts';

export interface StartRegistryOptions extends Omit<GeneralRegistryOptions, 'dir'> {
  /** Where blobs, manifests and tags are kept. Default: a temporary folder that is removed at close. */
  readonly dir?: string;
  /** Of 127.0.0.1. Default: any free one. */
  readonly port?: number;
}

/** A running registry of no one's rules but the specification's. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, as an image's name begins. */
  readonly host: string;
  /** Everything that was asked of it. */
  readonly journal: Journal;
  /** What shall go wrong. */
  readonly faults: Faults;
  /** Frees the port. Rejects with FAULTS_LEFT, after that, when a fault has not struck. */
  close(): Promise<void>;
}

/**
 * A registry of the OCI distribution protocol in this process, on 127.0.0.1: any image, any repository, no Heroku.
 *
 * @throws SandboxError PORT_TAKEN or OPTION_INVALID.
 */
export async function startRegistry(options: StartRegistryOptions = {}): Promise<RunningRegistry> {
  const { port = 0, login } = options;
  if (login?.username.includes(':')) {
    throw new SandboxError('OPTION_INVALID', 'login.username: OPTION_INVALID: a user name cannot hold a colon.');
  }
  const journal = new Journal(login ? [login.password] : []);
  const faults = new Faults();
  const folder = folderOf(options);
  const { createGeneralRegistry } = await import('../registry/general.ts');
  const registry = createGeneralRegistry({ ...options, dir: folder.dir });
  const listener = journal.record('registry', withFaults(faults, 'registry', targetOf(journal), registry));
  const ports = { registry: port };
  const addresses = await openAddresses(new Map([['registry', listener]]), { ports }).catch((error: unknown) => {
    folder.leave();
    throw error;
  });
  const url = addresses.urls.registry;
  const end = async () => {
    await addresses.close();
    folder.leave();
    requireFired(faults);
  };
  let ending: Promise<void> | undefined;
  const close = () => (ending ??= end());
  return { url, host: new URL(url).host, journal, faults, close, [Symbol.asyncDispose]: close };
}

/** The folder that is named, or one that is removed when it is left. */
function folderOf({ dir }: StartRegistryOptions): { readonly dir: string; readonly leave: () => void } {
  if (dir !== undefined) return { dir, leave: () => undefined };
  const temporary = mkdtempSync(join(tmpdir(), 'tozo-registry-'));
  return { dir: temporary, leave: () => rmSync(temporary, { recursive: true, force: true }) };
}

/** Nobody releases anything here. */
const targetOf = (journal: Journal): FaultTarget => ({
  otherRelease: async () => false,
  holdRelease: () => undefined,
  note: (request, kind) => journal.noteFault(request, kind),
});
