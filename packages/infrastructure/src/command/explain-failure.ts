import { InfrastructureError } from '../errors.ts';

/** What is known about a run of Terraform that failed. */
export interface Failure {
  /** Both streams. */
  readonly output: string;
  /** Such as `apply`. */
  readonly command: string;
  /** Terraform with its directory, for commands in the message. */
  readonly terraform: string;
  readonly exitCode: number | null;
}

/** Returns the error for a run that failed: what happened and what to do next. Terraform's own words are already printed. */
export function failureOf({ output, command, terraform, exitCode }: Failure): InfrastructureError {
  const text = withoutFrame(output);
  return (
    lockedError(text, terraform) ?? unwrittenError(text, terraform) ?? takenError(text) ?? deniedError(text) ?? failed()
  );

  function failed(): InfrastructureError {
    const end = exitCode === null ? 'was ended by a signal' : `failed with exit code ${exitCode}`;
    return new InfrastructureError('TERRAFORM_FAILED', `terraform ${command} ${end}: see its output above.`);
  }
}

const withoutFrame = (output: string): string => output.replaceAll(/^[│╷╵ ]+/gm, '');

/**
 * With state over HTTP, Terraform's "Lock Info" is that of the run which wants the lock, not of the one that holds it: only the
 * holder's ID is in the error message. @see https://developer.hashicorp.com/terraform/language/state/locking
 */
function lockedError(text: string, terraform: string): InfrastructureError | undefined {
  if (!/Error acquiring the state lock|state is already locked|state locked/i.test(text)) return undefined;
  const { held, field } = readLock(text);
  const id = held ?? field('ID');
  const holder = held === undefined || held === field('ID') ? holderOf(field) : ' by another run';
  const show = 'GitLab shows whose it is and since when (Operate > Terraform states).';
  const unlock = id ? `${terraform} force-unlock ${id}` : 'force-unlock it there';
  return new InfrastructureError(
    'STATE_LOCKED',
    `The state is locked${holder}. Wait until that is finished. ${show} If that run no longer exists: ${unlock}`,
  );
}

interface Lock {
  /** The ID in the error message, which is that of the holder. */
  readonly held: string | undefined;
  readonly field: (name: string) => string | undefined;
}

function readLock(text: string): Lock {
  const field = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}: +(\\S.*)$`, 'm').exec(text)?.[1]?.trim();
  return { held: /already locked:\s+ID=(\S+)/.exec(text)?.[1], field };
}

/** Returns what to do if another command couldn't lock the state after Terraform had ended at once; undefined if it could. */
export function describeLeftLock(output: string, terraform: string): string | undefined {
  const text = withoutFrame(output);
  if (lockedError(text, terraform) === undefined) return undefined;
  const { held, field } = readLock(text);
  const id = held ?? field('ID');
  return `Terraform ended without unlocking the state. If no one else has locked it since: ${terraform} force-unlock ${id ?? 'ID'}`;
}

function holderOf(field: (name: string) => string | undefined): string {
  const [who, created, operation] = [field('Who'), field('Created'), field('Operation')];
  const since = created ? ` since ${created.replace(/\.\d+ .*$/, ' UTC')}` : '';
  const doing = operation ? ` (${operation.replace(/^OperationType/, '').toLowerCase()})` : '';
  return `${who ? ` by ${who}` : ''}${since}${doing}`;
}

/** Terraform leaves the state next to the file if it can't write it. */
function unwrittenError(text: string, terraform: string): InfrastructureError | undefined {
  if (!/errored\.tfstate|Failed to (?:save|persist) state/.test(text)) return undefined;
  return new InfrastructureError(
    'STATE_INVALID',
    `The state couldn't be written. What changed is in errored.tfstate, next to the file. Write it before anything else: ${terraform} state push errored.tfstate`,
  );
}

/** Heroku and GitLab reject what exists already, with several wordings. */
function takenError(text: string): InfrastructureError | undefined {
  if (!/\b(?:has already been|is already|already been) taken\b|\balready exists\b/i.test(text)) return undefined;
  return new InfrastructureError(
    'TERRAFORM_FAILED',
    "Something that Terraform was to create exists already, and isn't in the state. If it's yours, take it over: tozo infrastructure import, and then apply again. Otherwise declare another name.",
  );
}

const apis = [
  {
    pattern: /api\.heroku\.com|heroku/i,
    text: 'HEROKU_API_KEY may not do this: use a key with the scopes read and write, of an account with the permissions deploy, operate and manage of the app.',
  },
  {
    pattern: /gitlab|api\/v4/i,
    text: 'GITLAB_TOKEN may not do this: use a token with the scope api, of a user with the role Maintainer in the project.',
  },
];

function deniedError(text: string): InfrastructureError | undefined {
  const line = text
    .split('\n')
    .find((candidate) => /\b40[13]\b|[Ff]orbidden|insufficient_scope|[Uu]nauthorized/.test(candidate));
  if (line === undefined) return undefined;
  const from = text.slice(text.indexOf(line));
  const named = /with (heroku|gitlab)_/.exec(from)?.[1];
  const api = apis.find(({ pattern }) => pattern.test(line)) ?? apis.find(({ pattern }) => pattern.test(named ?? ''));
  return api && new InfrastructureError('ACCESS_DENIED', api.text);
}
