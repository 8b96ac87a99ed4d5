import { parseArgs } from 'node:util';
import { GitlabVariablesError } from '../variable/errors.ts';

export const usage = `gitlab-variables plan|sync|check|pull [--file variables.json]

  plan    shows what sync would change, by name
  sync    creates and updates the project's CI/CD variables to match the file
  check   reports variables that differ from the file, or that other scopes expose
  pull    prints a file that declares the project's variables, without their values

  --file PATH           the declared variables (default variables.json)
  --env-file PATH       more values for "fromEnv", one NAME=value per line as for docker run; "-" reads standard input
  --project ID|PATH     the project (default $CI_PROJECT_ID)
  --host URL            the GitLab instance (default $CI_SERVER_URL, else https://gitlab.com)
  --prune               plan, sync: remove variables that the file's owner created and the file no longer declares
  --overwrite-hidden    plan, sync: rewrite hidden variables, whose values can't be compared
  --allow-weaker        plan, sync: let the file take a protection or a description away
  --json                print one JSON object instead of text

  GITLAB_TOKEN          a token with the role Maintainer and the scope api, or a fine-grained one with the permission Variable

Exit codes: 0 everything matches, 1 it doesn't, 2 invalid usage or file, 3 GitLab unreachable or request refused.
`;

const commands = ['plan', 'sync', 'check', 'pull'] as const;

export interface CommandLine {
  readonly command: (typeof commands)[number] | 'help';
  readonly file: string;
  readonly envFiles: readonly string[];
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  readonly prune: boolean;
  readonly overwriteHidden: boolean;
  readonly allowWeaker: boolean;
  readonly json: boolean;
}

/** @throws GitlabVariablesError OPTIONS_INVALID */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parseArguments(argv);
  const [name, ...extra] = positionals;
  const { file = 'variables.json', project, host } = values;
  const line = {
    file,
    envFiles: values['env-file'] ?? [],
    project,
    host,
    prune: values.prune ?? false,
    overwriteHidden: values['overwrite-hidden'] ?? false,
    allowWeaker: values['allow-weaker'] ?? false,
    json: values.json ?? false,
  };
  if (values.help || name === 'help') return { ...line, command: 'help' };
  const command = commands.find((one) => one === name);
  if (command === undefined) {
    throw usageError(
      name === undefined
        ? 'Missing command: use plan, sync, check or pull.'
        : `Unknown command "${name}": use plan, sync, check or pull.`,
    );
  }
  if (extra.length > 0) throw usageError(`Unexpected argument "${extra[0]}": pass one command.`);
  if ((command === 'check' || command === 'pull') && (line.prune || line.overwriteHidden || line.allowWeaker)) {
    throw usageError('--prune, --overwrite-hidden and --allow-weaker apply only to plan and sync: drop them.');
  }
  return { ...line, command };
}

function parseArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        'env-file': { type: 'string', multiple: true },
        project: { type: 'string' },
        host: { type: 'string' },
        prune: { type: 'boolean' },
        'overwrite-hidden': { type: 'boolean' },
        'allow-weaker': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw usageError(`${(cause as Error).message.replace(/\. To specify a positional argument.*|\.$/s, '')}.`);
  }
}

function usageError(message: string): GitlabVariablesError {
  return new GitlabVariablesError('OPTIONS_INVALID', `${message} See gitlab-variables --help.`);
}
