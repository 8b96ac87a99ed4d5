import type { ImageConfig } from '../image/config.ts';

/** A field in which two configurations differ; undefined where one has it not. */
export interface ConfigChange {
  /** `Cmd`, `Env NAME`, `Labels NAME`, `architecture`, … */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** How two images' containers are run differently, variable by variable and label by label, in the order of the fields. */
export function diffConfigs(a: ImageConfig, b: ImageConfig): ConfigChange[] {
  const [before, after] = [fieldsOf(a), fieldsOf(b)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((field) => {
    const [was, is] = [before.get(field), after.get(field)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [{ field, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

function fieldsOf({ architecture, os, config = {} }: ImageConfig): Map<string, unknown> {
  const fields = new Map<string, unknown>([
    ['architecture', architecture],
    ['os', os],
  ]);
  for (const [field, value] of Object.entries(config)) {
    if (field === 'Env') for (const [name, text] of variables(value)) fields.set(`Env ${name}`, text);
    else if (isSet(value)) for (const [name, each] of Object.entries(value)) fields.set(`${field} ${name}`, each);
    else if (!isNothing(value)) fields.set(field, value);
  }
  return fields;
}

function variables(env: unknown): [name: string, value: string][] {
  return (Array.isArray(env) ? (env as unknown[]) : []).map((entry) => {
    const [name = '', value = ''] = String(entry).split(/=(.*)/s);
    return [name, value];
  });
}

function isSet(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tools write what is not there as null, as an empty list or text, as false, or not at all. */
function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
