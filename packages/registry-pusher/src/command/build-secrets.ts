import { readFile } from 'node:fs/promises';
import { RegistryPusherError } from '../image/errors.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Reads what `--secret` names, as `docker build` does: `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`, or `id=NAME` for the
 * variable of that name. @throws RegistryPusherError OPTIONS_INVALID
 */
export async function readBuildSecrets(
  options: readonly string[],
  env: Surroundings['env'],
): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(options.map((text) => readOne(text, env))));
}

async function readOne(text: string, env: Surroundings['env']): Promise<[id: string, value: string]> {
  const fields = new Map(text.split(',').map((field) => nameAndValue(field)));
  const id = fields.get('id');
  const file = fields.get('src') ?? fields.get('source');
  const variable = fields.get('env');
  const unknown = [...fields.keys()].find((name) => !['id', 'src', 'source', 'env', 'type'].includes(name));
  if (!id || unknown !== undefined)
    throw wrong(`--secret takes id=NAME with src=FILE or env=VARIABLE${id ? `, not "${unknown}"` : ''}.`);
  if (file !== undefined) return [id, await readSecretFile(id, file)];
  const value = env[variable ?? id];
  if (value === undefined) throw wrong(`--secret id=${id}: the variable ${variable ?? id} is not set.`);
  return [id, value];
}

function nameAndValue(field: string): [name: string, value: string] {
  const [name = '', value = ''] = field.split(/=(.*)/s);
  return [name, value];
}

async function readSecretFile(id: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw wrong(`--secret id=${id}: ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, cause);
  }
}

function wrong(message: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('OPTIONS_INVALID', `${message} See registry-pusher --help.`, { cause });
}
