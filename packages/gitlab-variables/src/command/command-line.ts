import { parseArgs } from 'node:util';
import { GitlabVariablesError } from '../variable/errors.ts';

export const usage = `gitlab-variables check|sync --file variables.json

  check   reports declared variables that are missing, unprotected, unmasked or in the wrong scope
  sync    creates and updates the project's CI/CD variables to match the file

  --file PATH           the declared variables, with values from the environment (default variables.json)
  --project ID|PATH     the project (default $CI_PROJECT_ID)
  --host URL            the GitLab instance (default $CI_SERVER_URL, else https://gitlab.com)
  --dry-run             sync: show the changes without writing them
  --prune               sync: remove variables that the file doesn't declare
  --overwrite-hidden    sync: rewrite hidden variables, whose values can't be compared
  --json                print one JSON object instead of text

  GITLAB_TOKEN          a token with the role Maintainer and the scope api

Exit codes: 0 everything matches, 1 it doesn't, 2 invalid usage or file, 3 GitLab unreachable or request refused.
`;

export interface CommandLine {
  readonly command: 'check' | 'sync' | 'help';
  readonly file: string;
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  readonly dryRun: boolean;
  readonly prune: boolean;
  readonly overwriteHidden: boolean;
  readonly json: boolean;
}

/** @throws GitlabVariablesError OPTIONS_INVALID */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parseArguments(argv);
  const [command, ...extra] = positionals;
  if (values.help || command === 'help') return { ...defaults, command: 'help', file: '' };
  if (command !== 'check' && command !== 'sync')
    throw usageError(
      command === undefined
        ? 'Missing command: use check or sync.'
        : `Unknown command "${command}": use check or sync.`,
    );
  if (extra.length > 0) throw usageError(`Unexpected argument "${extra[0]}": pass one command, check or sync.`);
  const { file = 'variables.json', project, host, json = false, prune = false } = values;
  const dryRun = values['dry-run'] ?? false;
  const overwriteHidden = values['overwrite-hidden'] ?? false;
  if (command === 'check' && (dryRun || prune || overwriteHidden)) {
    throw usageError(
      '--dry-run, --prune and --overwrite-hidden apply only to sync: drop them, because check changes nothing.',
    );
  }
  return { command, file, project, host, dryRun, prune, overwriteHidden, json };
}

const defaults = { dryRun: false, prune: false, overwriteHidden: false, json: false };

function parseArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        project: { type: 'string' },
        host: { type: 'string' },
        'dry-run': { type: 'boolean' },
        prune: { type: 'boolean' },
        'overwrite-hidden': { type: 'boolean' },
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
