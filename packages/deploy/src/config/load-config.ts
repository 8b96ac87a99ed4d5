import { join } from 'node:path';
import { readTextFile, RegistryPusherError, similarNames } from '@tozo/registry-pusher';
import type { z } from 'zod';
import { DeployError } from '../errors.ts';
import { type DeployConfig, deployConfigSchema } from './schema.ts';

/**
 * Reads a project's deploy.json.
 * @param directory the project's
 * @throws DeployError CONFIG_MISSING, CONFIG_INVALID: all problems at once, each with its path
 */
export async function loadConfig(directory: string): Promise<DeployConfig> {
  const file = join(directory, 'deploy.json');
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadableError(file, cause);
    throw new DeployError(
      'CONFIG_MISSING',
      `There's no deploy.json in ${directory}. Run this in an app's directory, or create the file: tozo init writes it. The smallest one is {"processes": {"web": {}}}.`,
      { cause },
    );
  }
  return parseConfig(text, file);
}

/**
 * Parses the text of a deploy.json.
 * @param file its name in messages
 * @throws DeployError CONFIG_INVALID
 */
export function parseConfig(text: string, file = 'deploy.json'): DeployConfig {
  const parsed = parseJson(text, file);
  const result = deployConfigSchema.safeParse(parsed, { reportInput: true });
  const dropped = droppedNames(parsed).map((path) => `${path}: is a reserved name: choose another one`);
  if (result.success && dropped.length === 0) return result.data;
  const problems = [...dropped, ...describeIssues(result.error?.issues ?? [])].map((problem) => `  ${problem}`);
  throw new DeployError('CONFIG_INVALID', `${file} is invalid:\n${problems.join('\n')}`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new DeployError(
      'CONFIG_INVALID',
      `${file} isn't valid JSON: ${(cause as Error).message}. Correct it there.`,
      { cause },
    );
  }
}

/** Deeper than anything that deploy.json may contain. */
const maxDepth = 20;

/** Returns the paths of the name that JSON can contain and objects lose when they are copied. */
function droppedNames(value: unknown, path = '', depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}/${name}`;
    return [...(name === '__proto__' ? [at] : []), ...droppedNames(inner, at, depth + 1)];
  });
}

/** Unknown keys come first, without the missing ones that they were meant to be. */
function describeIssues(issues: readonly z.core.$ZodIssue[]): string[] {
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  const meant = new Set(
    unknown.flatMap(({ keys, path }) => keys.map((key) => [...path, nearestKey(key, path)].join('/'))),
  );
  const others = issues.filter((issue) => issue.code !== 'unrecognized_keys');
  const isMeant = (issue: z.core.$ZodIssue): boolean => issue.input === undefined && meant.has(issue.path.join('/'));
  return [...unknown, ...others.filter((issue) => !isMeant(issue))].flatMap(describeIssue);
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('/');
  const at = path === '' ? 'deploy.json' : path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${path === '' ? key : `${path}/${key}`}: unknown key${suggestion(key, issue.path)}`,
    );
  }
  if (issue.code === 'invalid_key') return [`${at}: ${issue.issues[0]?.message ?? issue.message}`];
  if (issue.code === 'invalid_type') return [`${at}: must be ${withArticle(issue.expected)}`];
  return [`${at}: ${issue.message}`];
}

const typeNames: Record<string, string> = {
  object: 'an object',
  record: 'an object',
  array: 'an array',
  string: 'a string',
  int: 'an integer',
};

function withArticle(expected: string): string {
  return typeNames[expected] ?? `a ${expected}`;
}

function suggestion(key: string, path: readonly PropertyKey[]): string {
  const known = keysAt(deployConfigSchema, path);
  if (known.length === 0) return '';
  const nearest = nearestKey(key, path);
  return nearest ? `. Did you mean "${nearest}"?` : `. Known: ${known.join(', ')}`;
}

function nearestKey(key: string, path: readonly PropertyKey[]): string | undefined {
  return similarNames(key, keysAt(deployConfigSchema, path))[0];
}

function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const definition = schema._zod.def as unknown as {
    type: string;
    innerType?: z.core.$ZodType;
    shape?: Record<string, z.core.$ZodType>;
    catchall?: z.core.$ZodType;
    /** Of a record. */
    valueType?: z.core.$ZodType;
  };
  if (definition.innerType) return keysAt(definition.innerType, path);
  const [next, ...rest] = path;
  if (definition.valueType) return next === undefined ? [] : keysAt(definition.valueType, rest);
  if (!definition.shape) return [];
  if (next === undefined) return Object.keys(definition.shape);
  const name = String(next);
  const inner = Object.hasOwn(definition.shape, name) ? definition.shape[name] : definition.catchall;
  return inner ? keysAt(inner, rest) : [];
}

function unreadableError(file: string, cause: unknown): DeployError {
  const why = (cause as Error).message;
  const text = cause instanceof RegistryPusherError ? why : `${file} can't be read: ${why}.`;
  return new DeployError('CONFIG_INVALID', text, { cause });
}
