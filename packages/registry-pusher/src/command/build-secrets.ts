import { readFile } from 'node:fs/promises';
import { RegistryPusherError } from '../image/errors.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Reads the secrets of `--secret`, as `docker build` does: `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`, or `id=NAME` for the
 * environment variable NAME.
 * @throws RegistryPusherError OPTIONS_INVALID
 */
export async function readBuildSecrets(
  options: readonly string[],
  env: CommandContext['env'],
): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(options.map((text) => readSecret(text, env))));
}

async function readSecret(text: string, env: CommandContext['env']): Promise<[id: string, value: string]> {
  const fields = new Map(text.split(',').map((field) => parseField(field)));
  const id = fields.get('id');
  const file = fields.get('src') ?? fields.get('source');
  const variable = fields.get('env');
  const unknown = [...fields.keys()].find((name) => !['id', 'src', 'source', 'env', 'type'].includes(name));
  if (!id || unknown !== undefined)
    throw usageError(
      `Invalid --secret: expected id=NAME with src=FILE or env=VARIABLE${id ? `, found "${unknown}"` : ''}.`,
    );
  if (file !== undefined) return [id, await readSecretFile(id, file)];
  const value = env[variable ?? id];
  if (value === undefined) throw usageError(`--secret id=${id}: the environment variable ${variable ?? id} isn't set.`);
  return [id, value];
}

function parseField(field: string): [name: string, value: string] {
  const [name = '', value = ''] = field.split(/=(.*)/s);
  return [name, value];
}

async function readSecretFile(id: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError(`--secret id=${id}: can't read ${file}: ${(cause as NodeJS.ErrnoException).code}.`, cause);
  }
}

function usageError(message: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('OPTIONS_INVALID', `${message} See registry-pusher --help.`, { cause });
}
