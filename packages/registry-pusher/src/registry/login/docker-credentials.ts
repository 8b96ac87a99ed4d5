import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readTextFile } from '../../files/read-text-file.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { runCredentialHelper } from './credential-helper.ts';
import type { CredentialSource } from './credentials.ts';
import { findLogin } from './docker-config.ts';

export interface DockerCredentialsOptions {
  /** `DOCKER_AUTH_CONFIG` (a config.json's text, as in GitLab), `DOCKER_CONFIG` (a directory), `PATH`; default process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long a credential helper may take, in milliseconds; default 30 s. */
  readonly timeLimit?: number;
}

const defaultTimeLimit = 30_000;

/**
 * Returns the credentials that Docker would use: from `DOCKER_AUTH_CONFIG`, else from `config.json` in `$DOCKER_CONFIG` or
 * `~/.docker`, or from a credential helper named there. Reads them only when a registry requires credentials.
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  const { env = process.env, timeLimit = defaultTimeLimit } = options;
  return async (registry, signal, repository) => {
    for (const { text, where } of await readConfigs(env)) {
      const login = findLogin(text, registry, where, repository);
      if (login.kind === 'credentials') return login.credentials;
      if (login.kind === 'helper') return runCredentialHelper({ ...login, env, timeLimit, signal });
    }
    return undefined;
  };
}

async function readConfigs(env: Readonly<Record<string, string | undefined>>) {
  const variable = env['DOCKER_AUTH_CONFIG'];
  // With an empty HOME, a relative path would lead into whatever was checked out here.
  const path = join(env['DOCKER_CONFIG'] || resolve('/', homedir(), '.docker'), 'config.json');
  const file = await readTextFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    const text =
      error instanceof RegistryPusherError
        ? error.message
        : `Can't read ${path}: ${error.code}. Check its permissions.`;
    throw new RegistryPusherError('CREDENTIALS_UNUSABLE', text, { cause: error });
  });
  return [
    ...(variable ? [{ text: variable, where: 'DOCKER_AUTH_CONFIG' }] : []),
    ...(file === undefined ? [] : [{ text: file, where: path }]),
  ];
}
