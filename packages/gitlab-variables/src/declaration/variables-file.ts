import { GitlabVariablesError } from '../variable/errors.ts';
import { SecretValue } from '../variable/secret-value.ts';
import {
  identityOf,
  nameOf,
  type Variable,
  variable,
  type VariableIdentity,
  type VariableSettings,
} from '../variable/variable.ts';

/** A variable as declared in a file, with its value or the environment variable that contains it. */
export interface DeclaredVariable extends VariableIdentity, VariableSettings {
  readonly source: { readonly fromEnv: string } | { readonly value: string };
}

/**
 * Parses a file of declared variables:
 * `{"variables": [{"key": "HEROKU_API_KEY", "fromEnv": "HEROKU_API_KEY", "masked": true, "environmentScope": "production"}]}`.
 * @param text JSON
 * @param file its name, for errors
 * @throws GitlabVariablesError FILE_INVALID, with all problems at once, each with its path
 */
export function parseVariablesFile(text: string, file: string): DeclaredVariable[] {
  const problems: string[] = [];
  const declared = parseRoot(parseJson(text, file), problems);
  const seen = new Set<string>();
  for (const one of declared) {
    if (seen.has(identityOf(one))) problems.push(`${nameOf(one)} is declared twice: keep one`);
    seen.add(identityOf(one));
  }
  if (problems.length > 0) {
    throw new GitlabVariablesError('FILE_INVALID', problems.map((problem) => `${file}: ${problem}.`).join('\n'));
  }
  return declared;
}

/**
 * Adds the values, from the declaration or the environment.
 * @throws GitlabVariablesError OPTIONS_INVALID, with every environment variable that's unset or empty
 */
export function resolveValues(
  declared: readonly DeclaredVariable[],
  env: Readonly<Record<string, string | undefined>>,
): Variable[] {
  const missing = new Set<string>();
  const variables = declared.map(({ source, ...rest }) => {
    const value = 'value' in source ? source.value : env[source.fromEnv];
    if (!value && 'fromEnv' in source) missing.add(source.fromEnv);
    return variable({ ...rest, value: new SecretValue(value ?? '') });
  });
  if (missing.size > 0) {
    const names = [...missing].join(', ');
    throw new GitlabVariablesError(
      'OPTIONS_INVALID',
      `Unset or empty in the environment: ${names}. Set them to the values of the declared variables.`,
    );
  }
  return variables;
}

const flags = ['protected', 'masked', 'raw', 'hidden'] as const;
const strings = ['key', 'value', 'fromEnv', 'type', 'environmentScope', 'description'] as const;
const known: readonly string[] = [...strings, ...flags];

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GitlabVariablesError('FILE_INVALID', `${file} isn't valid JSON.`);
  }
}

function parseRoot(root: unknown, problems: string[]): DeclaredVariable[] {
  if (!isObject(root)) {
    problems.push('must be an object with "variables"');
    return [];
  }
  for (const key of Object.keys(root)) {
    if (key !== 'variables' && key !== '$schema') problems.push(`"${key}" is an unknown key: use "variables"`);
  }
  const { variables } = root;
  if (!Array.isArray(variables)) {
    problems.push('"variables" must be an array');
    return [];
  }
  return variables.flatMap((entry, index) => parseEntry(entry, `variables[${index}]`, problems));
}

function parseEntry(entry: unknown, path: string, problems: string[]): DeclaredVariable[] {
  const before = problems.length;
  if (!isObject(entry)) {
    problems.push(`${path} must be an object`);
    return [];
  }
  const report = (name: string, problem: string): void => void problems.push(`${path}.${name} ${problem}`);
  for (const name of Object.keys(entry))
    if (!known.includes(name)) report(name, `is an unknown key: use ${known.join(', ')}`);
  for (const name of strings) if (!isUnsetOr(entry[name], 'string')) report(name, 'must be a string');
  for (const name of flags) if (!isUnsetOr(entry[name], 'boolean')) report(name, 'must be true or false');
  const { key, value, fromEnv, type } = entry;
  if (key === undefined) report('key', 'is missing');
  if (type !== undefined && type !== 'env_var' && type !== 'file') report('type', 'must be "env_var" or "file"');
  if ((value === undefined) === (fromEnv === undefined)) report('fromEnv', 'or "value" is required, but not both');
  if (value !== undefined && (entry['masked'] === true || entry['hidden'] === true)) {
    report('value', 'must not be in the file because the variable is masked: use "fromEnv" instead');
  }
  if (problems.length > before) return [];
  const { value: _, ...settings } = variable({ ...(entry as Partial<Variable>), key: key as string, value: '' });
  return [{ ...settings, source: typeof fromEnv === 'string' ? { fromEnv } : { value: value as string } }];
}

function isUnsetOr(value: unknown, type: 'string' | 'boolean'): boolean {
  return value === undefined || typeof value === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
