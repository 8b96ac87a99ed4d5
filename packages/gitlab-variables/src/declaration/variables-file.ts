import { GitlabVariablesError } from '../variable/errors.ts';
import { ownerGrammar } from '../variable/owner-mark.ts';
import {
  declaredSettings,
  identityOf,
  nameOf,
  type VariableIdentity,
  type VariableSettings,
} from '../variable/variable.ts';
import { parseSource, sourceNames, type ValueSource } from './sources.ts';

/** A variable as declared in a file, with the source of its value. Settings left out aren't declared. */
export interface DeclaredVariable extends VariableIdentity, Partial<VariableSettings> {
  readonly source: ValueSource;
}

/** The content of a file of declared variables. */
export interface Declaration {
  /** The name under which variables are created, and without which none is pruned. */
  readonly owner?: string;
  readonly variables: readonly DeclaredVariable[];
}

/**
 * Parses a file of declared variables: `{"variables": [{"key": "HEROKU_API_KEY", "fromEnv": "HEROKU_API_KEY", "masked": true,
 * "environmentScope": "production/*"}]}`.
 * @param text JSON
 * @param file its name, for errors
 * @throws GitlabVariablesError FILE_INVALID, with all problems at once, each with its path
 */
export function parseVariablesFile(text: string, file: string): Declaration {
  const problems: string[] = [];
  const declaration = parseRoot(parseJson(text, file), problems);
  const seen = new Set<string>();
  for (const one of declaration.variables) {
    if (seen.has(identityOf(one))) problems.push(`${nameOf(one)} is declared twice: keep one`);
    seen.add(identityOf(one));
  }
  if (declaration.variables.filter(({ source }) => 'fromStdin' in source).length > 1) {
    problems.push('"fromStdin" is used twice: standard input has one value');
  }
  if (problems.length > 0) {
    throw new GitlabVariablesError('FILE_INVALID', problems.map((problem) => `${file}: ${problem}.`).join('\n'));
  }
  return declaration;
}

const flags = ['protected', 'masked', 'raw', 'hidden'] as const;
const strings = ['key', 'type', 'environmentScope', 'description'] as const;
const known: readonly string[] = ['key', ...sourceNames, ...strings.slice(1), ...flags];

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new GitlabVariablesError('FILE_INVALID', `${file} isn't valid JSON.`);
  }
}

function parseRoot(root: unknown, problems: string[]): Declaration {
  if (!isObject(root)) {
    problems.push('must be an object with "variables"');
    return { variables: [] };
  }
  for (const key of Object.keys(root)) {
    if (!['variables', 'owner', '$schema'].includes(key))
      problems.push(`"${key}" is an unknown key: use "variables" or "owner"`);
  }
  const { variables, owner } = root;
  const isOwner = typeof owner === 'string' && ownerGrammar.test(owner);
  if (owner !== undefined && !isOwner)
    problems.push('"owner" must be a name of letters, digits and "._/-", at most 100 characters');
  if (!Array.isArray(variables)) {
    problems.push('"variables" must be an array');
    return { variables: [] };
  }
  return {
    ...(isOwner ? { owner } : {}),
    variables: variables.flatMap((entry, index) => parseEntry(entry, `variables[${index}]`, problems)),
  };
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
  const { key, value, type, environmentScope = '*' } = entry;
  if (key === undefined) report('key', 'is missing');
  if (isUnsetOr(type, 'string') && type !== undefined && type !== 'env_var' && type !== 'file')
    report('type', 'must be "env_var" or "file"');
  const parsed = parseSource(entry);
  if ('problem' in parsed) report(parsed.field, parsed.problem);
  if (value !== undefined && (entry['masked'] === true || entry['hidden'] === true)) {
    report('value', 'must not be in the file because the variable is masked: use "fromEnv" instead');
  }
  if (problems.length > before || 'problem' in parsed) return [];
  const identity = { key: key as string, environmentScope: environmentScope as string };
  return [{ ...identity, ...declaredSettings(entry), source: parsed.source }];
}

function isUnsetOr(value: unknown, type: 'string' | 'boolean'): boolean {
  return value === undefined || typeof value === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
