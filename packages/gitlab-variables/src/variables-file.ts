import { GitlabVariablesError } from './errors.ts';
import { SecretValue } from './secret-value.ts';
import {
  identityOf,
  nameOf,
  type Variable,
  variable,
  type VariableIdentity,
  type VariableSettings,
} from './variable.ts';

/** A variable as a file declares it: with the place where its value is, for a secret never the value itself. */
export interface DeclaredVariable extends VariableIdentity, VariableSettings {
  readonly source: { readonly fromEnv: string } | { readonly value: string };
}

/**
 * Reads a file of declared variables:
 * `{"variables": [{"key": "HEROKU_API_KEY", "fromEnv": "HEROKU_API_KEY", "masked": true, "environmentScope": "production"}]}`.
 * @param text JSON
 * @param name of the file, for the error
 * @throws GitlabVariablesError FILE_INVALID with all errors at once, each with its path
 */
export function parseVariablesFile(text: string, name: string): DeclaredVariable[] {
  const problems: string[] = [];
  const declared = readFile(parseJson(text, name), problems);
  const seen = new Set<string>();
  for (const one of declared) {
    if (seen.has(identityOf(one))) problems.push(`${nameOf(one)} is declared twice`);
    seen.add(identityOf(one));
  }
  if (problems.length > 0) {
    throw new GitlabVariablesError('FILE_INVALID', problems.map((problem) => `${name}: ${problem}.`).join('\n'));
  }
  return declared;
}

/**
 * Takes the values from where they are.
 * @throws GitlabVariablesError OPTIONS_INVALID that names every environment variable that is not set or empty
 */
export function withValues(
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
      `Not set in the environment, or empty: ${names}. They hold the values of declared variables.`,
    );
  }
  return variables;
}

const flags = ['protected', 'masked', 'raw', 'hidden'] as const;
const texts = ['key', 'value', 'fromEnv', 'type', 'environmentScope', 'description'] as const;
const known: readonly string[] = [...texts, ...flags];

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GitlabVariablesError('FILE_INVALID', `${name}: it is not JSON.`);
  }
}

function readFile(root: unknown, problems: string[]): DeclaredVariable[] {
  if (!isObject(root)) {
    problems.push('it should be an object with "variables"');
    return [];
  }
  for (const key of Object.keys(root)) {
    if (key !== 'variables' && key !== '$schema') problems.push(`"${key}" is an unknown key: use "variables"`);
  }
  const { variables } = root;
  if (!Array.isArray(variables)) {
    problems.push('"variables" should be an array');
    return [];
  }
  return variables.flatMap((entry, index) => readEntry(entry, `variables[${index}]`, problems));
}

function readEntry(entry: unknown, path: string, problems: string[]): DeclaredVariable[] {
  const before = problems.length;
  if (!isObject(entry)) {
    problems.push(`${path} should be an object`);
    return [];
  }
  const report = (name: string, problem: string): void => void problems.push(`${path}.${name} ${problem}`);
  for (const name of Object.keys(entry))
    if (!known.includes(name)) report(name, `is an unknown key: use ${known.join(', ')}`);
  for (const name of texts) if (!isAbsentOr(entry[name], 'string')) report(name, 'should be a string');
  for (const name of flags) if (!isAbsentOr(entry[name], 'boolean')) report(name, 'should be true or false');
  const { key, value, fromEnv, type } = entry;
  if (key === undefined) report('key', 'is missing');
  if (type !== undefined && type !== 'env_var' && type !== 'file') report('type', 'should be "env_var" or "file"');
  if ((value === undefined) === (fromEnv === undefined)) report('fromEnv', 'or "value" should be given, one of them');
  if (value !== undefined && (entry['masked'] === true || entry['hidden'] === true)) {
    report(
      'value',
      'should not be in the file, since the variable is masked: name an environment variable in "fromEnv"',
    );
  }
  if (problems.length > before) return [];
  const { value: _, ...settings } = variable({ ...(entry as Partial<Variable>), key: key as string, value: '' });
  return [{ ...settings, source: typeof fromEnv === 'string' ? { fromEnv } : { value: value as string } }];
}

function isAbsentOr(value: unknown, type: 'string' | 'boolean'): boolean {
  return value === undefined || typeof value === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
