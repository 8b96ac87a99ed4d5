import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { askHelper } from './credential-helper.ts';
import type { CredentialSource } from './credentials.ts';
import { findLogin } from './docker-config.ts';

export interface DockerCredentialsOptions {
  /** `DOCKER_AUTH_CONFIG` (a config.json's text, as GitLab takes it), `DOCKER_CONFIG` (a folder), `PATH`; default process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long a credential helper may take, in milliseconds; default 30 s. */
  readonly timeLimit?: number;
}

const defaultTimeLimit = 30_000;

/**
 * The credentials that Docker would use: those in `DOCKER_AUTH_CONFIG`, else what `config.json` in `$DOCKER_CONFIG` or
 * `~/.docker` holds or names a credential helper for. They are read when a registry asks for credentials, and not before.
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  const { env = process.env, timeLimit = defaultTimeLimit } = options;
  return async (registry, signal) => {
    for (const { text, where } of await configurations(env)) {
      const login = findLogin(text, registry, where);
      if (login.kind === 'credentials') return login.credentials;
      if (login.kind === 'helper') return askHelper({ ...login, env, timeLimit, signal });
    }
    return undefined;
  };
}

async function configurations(env: Readonly<Record<string, string | undefined>>) {
  const variable = env['DOCKER_AUTH_CONFIG'];
  const path = join(env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  const file = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new RegistryPusherError(
      'CREDENTIALS_UNUSABLE',
      `${path} cannot be read: ${error.code}. Check its permissions.`,
      {
        cause: error,
      },
    );
  });
  return [
    ...(variable ? [{ text: variable, where: 'DOCKER_AUTH_CONFIG' }] : []),
    ...(file === undefined ? [] : [{ text: file, where: path }]),
  ];
}
