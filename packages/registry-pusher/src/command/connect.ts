import { text } from 'node:stream/consumers';
import { RegistryPusherError } from '../image/errors.ts';
import type { ImageReference } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { createRegistryClient } from '../registry/create-client.ts';
import type { RegistryCredentials } from '../registry/login/credentials.ts';
import { dockerCredentials } from '../registry/login/docker-credentials.ts';
import type { Surroundings } from './surroundings.ts';

export interface Connection {
  readonly registry: RegistryClient;
  /** Values that must not get into an image. */
  readonly secrets: readonly string[];
}

/**
 * A registry client that logs in as the command line says, with HEROKU_API_KEY at registry.heroku.com, and everywhere else
 * as `docker login` left it. @throws RegistryPusherError OPTIONS_INVALID
 */
export async function connect(
  { registry: name }: ImageReference,
  username: string | undefined,
  { env, stdin }: Pick<Surroundings, 'env' | 'stdin'>,
): Promise<Connection> {
  const given = username === undefined ? undefined : { username, password: await readPassword(stdin) };
  const heroku = herokuCredentials(env);
  const endpoints = {
    ...(heroku ? { 'registry.heroku.com': { credentials: heroku } } : {}),
    ...(given ? { [name]: { credentials: given } } : {}),
  };
  const registry = createRegistryClient({ endpoints, credentials: dockerCredentials({ env }) });
  return { registry, secrets: [given, heroku].flatMap((each) => (each ? [each.password] : [])) };
}

function herokuCredentials({ HEROKU_API_KEY, HEROKU_USERNAME }: Surroundings['env']): RegistryCredentials | undefined {
  return HEROKU_API_KEY ? { username: HEROKU_USERNAME || '_', password: HEROKU_API_KEY } : undefined;
}

/** The line break that `echo` and files end with does not belong to it. */
async function readPassword(stdin: NodeJS.ReadableStream): Promise<string> {
  const password = (await text(stdin)).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new RegistryPusherError(
    'OPTIONS_INVALID',
    'There is no password on stdin, where --password-stdin reads it. Pipe one in.',
  );
}
