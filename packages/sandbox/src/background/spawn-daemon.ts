import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynoKind } from '../dynos/dyno.ts';

export interface DaemonOptions {
  readonly dir: string;
  readonly idleMinutes: number;
  readonly dynos: DynoKind;
  /** 0 for any port. */
  readonly tlsPort?: number;
}

/** What a daemon needs of the environment; keys and tokens of the caller stay behind. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.+|TZ|TMPDIR|TMP|TEMP|XDG_.+|SYSTEMROOT|NODE_EXTRA_CA_CERTS|DOCKER_HOST|DOCKER_TLS_VERIFY)$/i;

/** From source, this package's own files need the loader that runs TypeScript; installed, they are JavaScript. */
const extension = extname(fileURLToPath(import.meta.url));
const loaderFlags = extension === '.ts' ? ['--conditions=@tozo/source', '--import=tsx'] : [];

export const logFile = (dir: string): string => join(dir, 'sandbox.log');

/** Starts the background process: in a session of its own, its output in `sandbox.log`, nothing of the caller held open. */
export function spawnDaemon(options: DaemonOptions): ChildProcess {
  const entry = fileURLToPath(new URL(`daemon${extension}`, import.meta.url));
  const log = openSync(logFile(options.dir), 'w', 0o600);
  try {
    const child = spawn(process.execPath, [...loaderFlags, entry, JSON.stringify(options)], {
      cwd: dirname(entry),
      detached: true,
      stdio: ['ignore', log, log],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name))),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The end of what a daemon has written, for the error that says it did not start. */
export function logTail(dir: string): string {
  try {
    return readFileSync(logFile(dir), 'utf8').trim().slice(-2000);
  } catch {
    return '';
  }
}
