import { InfrastructureError } from '../errors.ts';
import type { TerraformFile } from './terraform-file.ts';

/** One resource in Terraform's state. */
export interface StoredResource {
  readonly address: string;
  readonly type: string;
  readonly id: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether it was created, but its creation wasn't completed: the next apply replaces it. */
  readonly isTainted: boolean;
}

interface RawState {
  readonly version?: unknown;
  readonly encrypted_data?: unknown;
  readonly resources?: readonly {
    readonly mode: string;
    readonly module?: string;
    readonly type: string;
    readonly name: string;
    readonly instances?: readonly {
      readonly status?: string;
      readonly index_key?: string | number;
      readonly attributes?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

/** The version of the state's format since Terraform 0.12, also of OpenTofu. */
const knownVersion = 4;

/**
 * Parses the output of `terraform state pull`, or the state itself, which is empty before the first apply.
 * @throws InfrastructureError STATE_INVALID if it isn't a state in a known version; Error if it is encrypted
 */
export function parseState(text: string): StoredResource[] {
  if (text.trim() === '') return [];
  const state = parseJson(text);
  if (state?.encrypted_data !== undefined) throw new Error('it is encrypted: only OpenTofu reads it');
  if (state?.version !== knownVersion)
    throw new InfrastructureError(
      'STATE_INVALID',
      state?.version === undefined
        ? "The state isn't one of Terraform's. Correct its address, or restore it from an earlier version (GitLab: Operate > Terraform states)."
        : `The state has the version ${JSON.stringify(state.version)}, and only ${knownVersion} is known: update tozo.`,
    );
  const { resources = [] } = state;
  return resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ module, type, name, instances = [] }) =>
      instances.map(({ status, index_key: key, attributes = {} }) => ({
        address: `${module === undefined ? '' : `${module}.`}${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`,
        type,
        id: typeof attributes['id'] === 'string' ? attributes['id'] : undefined,
        attributes,
        isTainted: status === 'tainted',
      })),
    );
}

function parseJson(text: string): RawState | undefined {
  try {
    return (JSON.parse(text) as RawState | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Returns the addresses that what a file declares has, or had before. */
export function declaredAddresses({ resources, moved }: TerraformFile): ReadonlySet<string> {
  return new Set([...resources.map(({ address }) => address), ...Object.values(moved)]);
}

/** Returns what the state has of a declared resource, also at an earlier address. */
export function findStored(
  address: string,
  stored: readonly StoredResource[],
  { moved }: TerraformFile,
): StoredResource | undefined {
  return stored.find((one) => one.address === address) ?? stored.find((one) => one.address === moved[address]);
}

/** Returns what to do about resources whose creation wasn't completed; undefined if there are none. */
export function describeTainted(stored: readonly StoredResource[], terraform: string): string | undefined {
  const tainted = stored.filter(({ isTainted }) => isTainted);
  if (tainted.length === 0) return undefined;
  const lines = tainted.map(({ address, attributes, id }) => {
    const name = (attributes['name'] ?? attributes['key'] ?? id) as string;
    return `${address} (${name}) was created, but an error followed, so Terraform marked it as tainted and would replace it. If it's in order, keep it: ${terraform} untaint ${address}`;
  });
  return lines.join('\n');
}
