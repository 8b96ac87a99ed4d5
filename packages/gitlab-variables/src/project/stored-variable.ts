import { SecretValue } from '../variable/secret-value.ts';
import { parseDescription } from '../variable/owner-mark.ts';
import type { StoredVariable } from '../variable/variable.ts';

/**
 * Parses a variable of GitLab's API. Older GitLab versions omit newer fields.
 * @throws Error with the field's name, never its content
 */
export function parseStoredVariable(value: unknown): StoredVariable {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a variable must be an object');
  const fields = value as Record<string, unknown>;
  const hidden = flag(fields, 'hidden', false);
  const text = fields['value'];
  if (typeof text !== 'string' && text !== null && !hidden) throw new Error('value must be a string');
  const type = fields['variable_type'] ?? 'env_var';
  if (type !== 'env_var' && type !== 'file') throw new Error('variable_type must be env_var or file');
  return {
    key: string(fields, 'key'),
    value: typeof text === 'string' ? new SecretValue(text) : null,
    environmentScope: fields['environment_scope'] === undefined ? '*' : string(fields, 'environment_scope'),
    type,
    protected: flag(fields, 'protected'),
    masked: flag(fields, 'masked', false),
    raw: flag(fields, 'raw', false),
    hidden,
    ...parseDescription(fields['description'] ? string(fields, 'description') : null),
  };
}

function string(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`${name} must be a string`);
  return value;
}

function flag(fields: Record<string, unknown>, name: string, absent?: boolean): boolean {
  const value = fields[name] ?? absent;
  if (typeof value !== 'boolean') throw new Error(`${name} must be true or false`);
  return value;
}
