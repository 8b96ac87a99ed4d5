import { parseArgs } from 'node:util';
import { GitlabVariablesError } from './errors.ts';

export const usage = `gitlab-variables check|sync --file variables.json

  check   tells what of the file's variables is missing, unprotected, unmasked or of the wrong scope
  sync    creates and updates the project's CI/CD variables as the file says

  --file PATH           the declared variables; their values come from the environment (default variables.json)
  --project ID|PATH     default $CI_PROJECT_ID
  --host URL            default $CI_SERVER_URL, else https://gitlab.com
  --dry-run             sync: only tell what would be done
  --prune               sync: remove variables that the file does not declare
  --overwrite-hidden    sync: write hidden variables again, whose values cannot be compared
  --json                one JSON object instead of text

  GITLAB_TOKEN          a token with the role Maintainer and the scope api

Exit codes: 0 all is as declared, 1 it is not, 2 wrong usage or file, 3 GitLab could not be reached or refused.
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
  const { values, positionals } = parse(argv);
  const [command, ...extra] = positionals;
  if (values.help || command === 'help') return { ...defaults, command: 'help', file: '' };
  if (command !== 'check' && command !== 'sync')
    throw wrong(command === undefined ? 'Say check or sync.' : `"${command}" is no command: say check or sync.`);
  if (extra.length > 0) throw wrong(`What is "${extra[0]}"? Only one command is taken.`);
  const { file = 'variables.json', project, host, json = false, prune = false } = values;
  const dryRun = values['dry-run'] ?? false;
  const overwriteHidden = values['overwrite-hidden'] ?? false;
  if (command === 'check' && (dryRun || prune || overwriteHidden)) {
    throw wrong('--dry-run, --prune and --overwrite-hidden belong to sync; check changes nothing.');
  }
  return { command, file, project, host, dryRun, prune, overwriteHidden, json };
}

const defaults = { dryRun: false, prune: false, overwriteHidden: false, json: false };

function parse(argv: readonly string[]) {
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
    throw wrong((cause as Error).message);
  }
}

function wrong(message: string): GitlabVariablesError {
  return new GitlabVariablesError('OPTIONS_INVALID', `${message} See gitlab-variables --help.`);
}
