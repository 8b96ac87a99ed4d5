import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynoKind } from '../dynos/dyno.ts';

export interface DaemonOptions {
  readonly dir: string;
  readonly idleMinutes: number;
  readonly dynos: DynoKind;
  /** 0 for any free port. */
  readonly tlsPort?: number;
}

/** The environment variables that a daemon inherits; the caller's keys and tokens are not among them. */
const inheritedVariables =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.+|TZ|TMPDIR|TMP|TEMP|XDG_.+|SYSTEMROOT|NODE_EXTRA_CA_CERTS|DOCKER_HOST|DOCKER_TLS_VERIFY)$/i;

/** TypeScript sources need a loader; the installed package is JavaScript. */
const extension = extname(fileURLToPath(import.meta.url));
const loaderFlags = extension === '.ts' ? ['--conditions=@tozo/source', '--import=tsx'] : [];

export const logFile = (dir: string): string => join(dir, 'sandbox.log');

/** Starts the background process in its own session, with its output in `sandbox.log`. */
export function spawnDaemon(options: DaemonOptions): ChildProcess {
  const entry = fileURLToPath(new URL(`daemon${extension}`, import.meta.url));
  const log = openSync(logFile(options.dir), 'w', 0o600);
  try {
    const child = spawn(process.execPath, [...loaderFlags, entry, JSON.stringify(options)], {
      cwd: dirname(entry),
      detached: true,
      stdio: ['ignore', log, log],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => inheritedVariables.test(name))),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Returns the end of a daemon's output, for errors. */
export function readLogTail(dir: string): string {
  try {
    return readFileSync(logFile(dir), 'utf8').trim().slice(-2000);
  } catch {
    return '';
  }
}
