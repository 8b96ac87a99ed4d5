import type { ImageConfig } from '../image/config.ts';

/** A field that differs between two configs. `before` or `after` is undefined if one config doesn't have the field. */
export interface ConfigChange {
  /** `Cmd`, `Env NAME`, `Labels NAME`, `architecture`, … */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Compares two configs field by field, and variables, labels and other sets entry by entry. Sorted by field. */
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
    if (field === 'Env') for (const [name, text] of parseEnv(value)) fields.set(`Env ${name}`, text);
    else if (isSet(value)) for (const [name, each] of Object.entries(value)) fields.set(`${field} ${name}`, each);
    else if (!isEmpty(value)) fields.set(field, value);
  }
  return fields;
}

function parseEnv(env: unknown): [name: string, value: string][] {
  return (Array.isArray(env) ? (env as unknown[]) : []).map((entry) => {
    const [name = '', value = ''] = String(entry).split(/=(.*)/s);
    return [name, value];
  });
}

function isSet(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tools write a missing value as null, an empty list, an empty string or false, or omit it. */
function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
