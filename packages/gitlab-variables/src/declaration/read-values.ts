import { GitlabVariablesError } from '../variable/errors.ts';
import { SecretValue } from '../variable/secret-value.ts';
import { type DesiredVariable, type ExpectedVariable, nameOf } from '../variable/variable.ts';
import type { ValueContext } from './sources.ts';
import { runValueCommand } from './value-command.ts';
import { readValueFile } from './value-file.ts';
import type { DeclaredVariable } from './variables-file.ts';

/**
 * Reads the value of every declared variable.
 * @throws GitlabVariablesError OPTIONS_INVALID, with every environment variable that's unset or empty; FILE_INVALID;
 * COMMAND_FAILED
 */
export async function readValues(
  declared: readonly DeclaredVariable[],
  context: ValueContext,
): Promise<DesiredVariable[]> {
  assertSet(declared, context.env);
  const variables: DesiredVariable[] = [];
  // One at a time: commands may prompt.
  for (const { source, ...rest } of declared) {
    const value = await readValue({ source, ...rest }, context);
    variables.push({ ...rest, value: new SecretValue(value) });
  }
  return variables;
}

/**
 * Adds the values that can be known without running anything or waiting: for a check, which compares those. A file that can't be
 * read has no known value.
 */
export async function knownValues(
  declared: readonly DeclaredVariable[],
  context: Pick<ValueContext, 'env' | 'directory'>,
): Promise<ExpectedVariable[]> {
  return Promise.all(
    declared.map(async ({ source, ...rest }) => {
      const isKnown =
        'value' in source || 'fromFile' in source || ('fromEnv' in source && Boolean(context.env[source.fromEnv]));
      if (!isKnown) return rest;
      const value = await readValue({ source, ...rest }, { ...context, stdin: noInput }).catch(() => undefined);
      return value === undefined ? rest : { ...rest, value: new SecretValue(value) };
    }),
  );
}

const noInput: AsyncIterable<string> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

function assertSet(declared: readonly DeclaredVariable[], env: ValueContext['env']): void {
  const names = declared.flatMap(({ source }) => ('fromEnv' in source && !env[source.fromEnv] ? [source.fromEnv] : []));
  if (names.length === 0) return;
  throw new GitlabVariablesError(
    'OPTIONS_INVALID',
    `Unset or empty in the environment: ${[...new Set(names)].join(', ')}. Set them to the values of the declared variables.`,
  );
}

async function readValue(declared: DeclaredVariable, context: ValueContext): Promise<string> {
  const { source, type = 'env_var' } = declared;
  if ('value' in source) return source.value;
  if ('fromEnv' in source) return context.env[source.fromEnv] ?? '';
  const name = nameOf(declared);
  const text =
    'fromFile' in source
      ? await readValueFile(source.fromFile, context.directory, name)
      : 'fromCommand' in source
        ? await runValueCommand(source.fromCommand, name, context)
        : await readStdin(context.stdin);
  // A line break at the end is how files end, not part of a key or a password.
  const value = type === 'file' ? text : text.replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new GitlabVariablesError('OPTIONS_INVALID', `The value of ${name} is empty. Nothing was written.`);
}

/** Reads all of standard input, at most 1 MiB. @throws GitlabVariablesError OPTIONS_INVALID */
export async function readStdin(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > maxValueBytes)
      throw new GitlabVariablesError('OPTIONS_INVALID', 'Standard input is longer than a value can be.');
  }
  return Buffer.concat(chunks).toString('utf8');
}

const maxValueBytes = 1024 * 1024;
