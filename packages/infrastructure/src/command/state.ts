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

/** Parses the output of `terraform state pull`, or the state itself, which is empty before the first apply. */
export function parseState(text: string): StoredResource[] {
  if (text.trim() === '') return [];
  const { resources = [] } = JSON.parse(text) as RawState;
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
