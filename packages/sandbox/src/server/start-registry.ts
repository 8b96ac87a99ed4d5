import { rmSync } from 'node:fs';
import { openAddresses } from './addresses.ts';
import { Faults } from '../faults/faults.ts';
import { assertFired } from '../faults/assert-fired.ts';
import { type FaultTarget, withFaults } from '../faults/apply-faults.ts';
import { Journal } from '../journal/journal.ts';
import { makeTemporaryDirectory } from '../state/temporary-directory.ts';
import type { StartRegistryOptions } from './registry-options.ts';

/** A running registry that follows the specification and adds no rules. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, the registry part of an image's name. */
  readonly host: string;
  /** All requests to the registry. */
  readonly journal: Journal;
  /** The injected failures. */
  readonly faults: Faults;
  /** Frees the port. Then rejects with FAULTS_LEFT if a fault hasn't fired. */
  close(): Promise<void>;
}

/**
 * Starts a registry of the OCI distribution protocol in this process, on 127.0.0.1. It accepts any image and repository
 * and has none of Heroku's rules.
 *
 * @throws SandboxError PORT_TAKEN, STATE_UNWRITABLE or OPTION_INVALID.
 */
export async function startRegistry(options: StartRegistryOptions = {}): Promise<RunningRegistry> {
  const { port = 0, login } = options;
  (await import('./options.ts')).assertRegistryOptions(options);
  const journal = new Journal(login ? [login.password] : []);
  const faults = new Faults();
  const directory = openDirectory(options);
  const { createGeneralRegistry } = await import('../registry/general.ts');
  const registry = createGeneralRegistry({ ...options, dir: directory.dir });
  const listener = journal.record('registry', withFaults(faults, 'registry', createFaultTarget(journal), registry));
  const ports = { registry: port };
  const addresses = await openAddresses(new Map([['registry', listener]]), { ports }).catch((error: unknown) => {
    directory.remove();
    throw error;
  });
  const url = addresses.urls.registry;
  const stop = async () => {
    await addresses.close();
    directory.remove();
    assertFired(faults);
  };
  let stopping: Promise<void> | undefined;
  const close = () => (stopping ??= stop());
  return { url, host: new URL(url).host, journal, faults, close, [Symbol.asyncDispose]: close };
}

/** Returns the given directory, or a temporary one; only the temporary one is removed. */
function openDirectory({ dir }: StartRegistryOptions): { readonly dir: string; readonly remove: () => void } {
  if (dir !== undefined) return { dir, remove: () => undefined };
  const temporary = makeTemporaryDirectory('tozo-registry-');
  return { dir: temporary, remove: () => rmSync(temporary, { recursive: true, force: true }) };
}

/** There are no releases here. */
const createFaultTarget = (journal: Journal): FaultTarget => ({
  createOtherRelease: async () => false,
  holdNextRelease: () => undefined,
  retireReleases: () => false,
  recordFault: (request, kind) => journal.noteFault(request, kind),
});
