import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DynoKind } from '../dynos/dyno.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { entryCommand, entryFile } from '../process/entry-command.ts';

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

export const logFile = (dir: string): string => join(dir, 'sandbox.log');

/**
 * Starts the background process in its own session, with its output in `sandbox.log`.
 * @throws SandboxError START_FAILED if the command was copied without the sandbox
 */
export function spawnDaemon(options: DaemonOptions): ChildProcess {
  if (!existsSync(entryFile))
    throw new SandboxError('START_FAILED', `The sandbox's file ${entryFile} is missing: install @tozo/cli again.`);
  const [file, ...args] = entryCommand('daemon', JSON.stringify(options)) as [string, ...string[]];
  const log = openSync(logFile(options.dir), 'w', 0o600);
  try {
    const child = spawn(file, args, {
      cwd: dirname(entryFile),
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
