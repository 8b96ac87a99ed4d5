import { text } from 'node:stream/consumers';
import { RegistryPusherError } from '../image/errors.ts';
import { type ImageReference, layoutRegistry } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { createRegistryClient } from '../registry/create-client.ts';
import type { RegistryCredentials } from '../registry/login/credentials.ts';
import { dockerCredentials } from '../registry/login/docker-credentials.ts';
import { gitlabJobLogin, withGitlabJob } from '../registry/login/gitlab-job.ts';
import type { CommandContext } from './command-context.ts';

const herokuRegistry = 'registry.heroku.com';

export interface Connection {
  readonly registry: RegistryClient;
  /** Values that must not be in an image. */
  readonly secrets: readonly string[];
}

/**
 * Creates a registry client. Credentials come from the command line, from HEROKU_API_KEY for registry.heroku.com, otherwise
 * from `docker login`, and at last from the GitLab job for its project's registry.
 * @throws RegistryPusherError OPTIONS_INVALID
 */
export async function connect(
  { registry: name }: ImageReference,
  username: string | undefined,
  { env, stdin, console }: Pick<CommandContext, 'env' | 'stdin' | 'console'>,
): Promise<Connection> {
  const login = username === undefined ? undefined : { username, password: await readPassword(stdin) };
  const heroku = herokuCredentials(env);
  const endpoints = {
    ...(heroku ? { [herokuRegistry]: { credentials: heroku } } : {}),
    ...(name === layoutRegistry
      ? {}
      : { [name]: login ? { credentials: login } : name === herokuRegistry && heroku ? { credentials: heroku } : {} }),
  };
  const registry = createRegistryClient({
    endpoints,
    credentials: withGitlabJob(dockerCredentials({ env }), env),
    onWait: (line) => console.note(line),
  });
  return { registry, secrets: [login, heroku, gitlabJobLogin(env)].flatMap((each) => (each ? [each.password] : [])) };
}

function herokuCredentials({
  HEROKU_API_KEY,
  HEROKU_USERNAME,
}: CommandContext['env']): RegistryCredentials | undefined {
  return HEROKU_API_KEY ? { username: HEROKU_USERNAME || '_', password: HEROKU_API_KEY } : undefined;
}

/** Strips the trailing newline of `echo` and of files. */
async function readPassword(stdin: NodeJS.ReadableStream): Promise<string> {
  const password = (await text(stdin)).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new RegistryPusherError(
    'OPTIONS_INVALID',
    'No password on stdin, where --password-stdin reads it. Pipe one in.',
  );
}
