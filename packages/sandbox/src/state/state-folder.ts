import { randomBytes, randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import { readJson, unwritable, writeJson } from './state-file.ts';

/** What lies in a state folder is read by packages that know this number only. */
export const stateFormat = 1;

/** Keys that the sandbox takes; made once per state folder, so that they outlive a restart. */
export interface Credentials {
  /** Of the Heroku API and, as password, of the registry. */
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
}

/** The services' own folders. */
export interface StateFolder {
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
 * Makes the folder, mode 0700, or checks one that is there. Throws STATE_UNWRITABLE when it cannot be written, and
 * STATE_FORMAT when another version of this package made it or when it holds something else.
 */
export function openStateFolder(dir: string): StateFolder {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(dir, error);
  }
  checkFormat(dir);
  try {
    chmodSync(dir, 0o700);
  } catch (error) {
    throw unwritable(dir, error);
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

/** The folder's keys, made when it has none yet. */
export function credentialsOf(folder: StateFolder): Credentials {
  const path = join(folder.dir, credentialsFile);
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

/** Removes what the services have stored; the keys stay. */
export function emptyStateFolder(folder: StateFolder): void {
  for (const part of parts) rmSync(folder[part], { recursive: true, force: true });
}

function checkFormat(dir: string): void {
  const path = join(dir, formatFile);
  if (!existsSync(path)) {
    const strangers = readdirSync(dir).filter((name) => !/^(sandbox\.log|start\.lock|\..*)$/.test(name));
    if (strangers.length === 0) return;
    throw new SandboxError(
      'STATE_FORMAT',
      `${dir}: STATE_FORMAT: the folder holds ${strangers[0]} and is no sandbox's state folder. Name an empty or a new folder.`,
    );
  }
  const found = readJson(path);
  const format = isRecord(found) ? found['format'] : undefined;
  if (format === stateFormat) return;
  throw new SandboxError(
    'STATE_FORMAT',
    `${dir}: STATE_FORMAT: the folder has format ${String(format)}, this version of @tozo/sandbox reads ${stateFormat}. Remove the folder, or name another.`,
  );
}

function isCredentials(value: unknown): value is Credentials {
  return (
    isRecord(value) &&
    ['apiKey', 'gitlabToken', 'gitlabJobToken'].every((name) => typeof value[name] === 'string' && value[name] !== '')
  );
}
