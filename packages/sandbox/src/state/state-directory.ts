import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeDirectory } from './make-directory.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import { readJson, unwritableError, writeJson } from './state-file.ts';

/** The version of the state directory's layout. Only packages with the same number can read it. */
export const stateFormat = 1;

/** The keys that the sandbox accepts. They are stored in the state directory and survive a restart. */
export interface Credentials {
  /** The Heroku API key, also the registry's password. */
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
}

/** The services' own directories. */
export interface StateDirectory {
  readonly dir: string;
  readonly heroku: string;
  readonly registry: string;
  readonly hub: string;
  readonly gitlab: string;
  readonly dynos: string;
}

const formatFile = 'format.json';
const credentialsFile = 'credentials.json';
const parts = ['heroku', 'registry', 'hub', 'gitlab', 'dynos'] as const;

/** $TOZO_SANDBOX_DIR, else $XDG_STATE_HOME/tozo/sandbox, else ~/.local/state/tozo/sandbox. */
export function defaultStateDir(environment: NodeJS.ProcessEnv = process.env): string {
  const { TOZO_SANDBOX_DIR: own, XDG_STATE_HOME: stateHome } = environment;
  if (own) return resolve(own);
  return join(stateHome || join(homedir(), '.local', 'state'), 'tozo', 'sandbox');
}

/**
 * Creates the directory, mode 0700, or checks an existing one. Throws STATE_UNWRITABLE if it isn't writable, and
 * STATE_FORMAT if another version of this package created it or if it contains anything else.
 */
export function openStateDirectory(dir: string): StateDirectory {
  try {
    makeDirectory(dir);
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritableError(dir, error);
  }
  assertFormat(dir);
  try {
    chmodSync(dir, 0o700);
  } catch (error) {
    throw unwritableError(dir, error);
  }
  writeJson(join(dir, formatFile), { format: stateFormat });
  const [heroku, registry, hub, gitlab, dynos] = parts.map((part) => join(dir, part)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { dir, heroku, registry, hub, gitlab, dynos };
}

/** Returns the directory's keys, creating them if it has none. */
export function loadCredentials({ dir }: StateDirectory): Credentials {
  const path = join(dir, credentialsFile);
  const stored: unknown = existsSync(path) ? readJson(path) : undefined;
  if (isCredentials(stored)) return stored;
  const credentials: Credentials = {
    apiKey: `HRKU-${randomUUID()}`,
    gitlabToken: `glpat-${randomBytes(15).toString('base64url')}`,
    gitlabJobToken: `glcbt-${randomBytes(15).toString('base64url')}`,
  };
  writeJson(path, credentials);
  return credentials;
}

/** Removes everything but the keys. */
export function clearStateDirectory(directory: StateDirectory): void {
  for (const part of parts) rmSync(directory[part], { recursive: true, force: true });
}

function assertFormat(dir: string): void {
  const path = join(dir, formatFile);
  if (!existsSync(path)) {
    const foreign = readdirSync(dir).filter((name) => !/^(sandbox\.log|(start|owner)\.lock|\..*)$/.test(name));
    if (foreign.length === 0) return;
    throw new SandboxError(
      'STATE_FORMAT',
      `${dir}: STATE_FORMAT: the directory contains ${foreign[0]}, so it isn't a sandbox's state directory. Use an empty or new directory.`,
    );
  }
  const found = readJson(path);
  const format = isRecord(found) ? found['format'] : undefined;
  if (format === stateFormat) return;
  throw new SandboxError(
    'STATE_FORMAT',
    `${dir}: STATE_FORMAT: the directory has format ${String(format)}, but this version of @tozo/sandbox reads format ${stateFormat}. Remove the directory, or use another.`,
  );
}

function isCredentials(value: unknown): value is Credentials {
  return (
    isRecord(value) &&
    ['apiKey', 'gitlabToken', 'gitlabJobToken'].every((name) => typeof value[name] === 'string' && value[name] !== '')
  );
}
