import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { parseFault } from '../faults/parse-fault.ts';
import type { Fault } from '../faults/fault.ts';
import type { SetFault } from '../faults/faults.ts';
import { isAlive } from '../process/is-alive.ts';
import { type JournalEntry, type JournalFilter, matches } from '../journal/entry.ts';
import type { SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';
import { defaultStateDir, openStateDirectory } from '../state/state-directory.ts';
import { assertSameOptions, type FixedOptions } from './assert-same-options.ts';
import { AdminClient } from './client.ts';
import { type ConnectionFile, readConnection } from './connection.ts';
import { packageVersion } from '../process/package-version.ts';
import { type DaemonOptions, logFile, logTail, spawnDaemon } from './spawn-daemon.ts';
import { takeStartLock } from './start-lock.ts';
import type { SandboxStatus } from './status.ts';

export interface ConnectOptions extends FixedOptions {
  /** State folder. Default: $TOZO_SANDBOX_DIR, else $XDG_STATE_HOME/tozo/sandbox, else ~/.local/state/tozo/sandbox. */
  readonly dir?: string;
  /** Starts the background process when none runs. Default false. */
  readonly start?: boolean;
  /** A process that is started now ends after so many minutes without a request to a service or an app. Default 30. */
  readonly idleMinutes?: number;
}

/** A sandbox that runs in a background process. */
export interface SandboxConnection {
  readonly urls: SandboxUrls;
  /** Undefined unless it was started with TLS. */
  readonly tls: SandboxTls | undefined;
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  readonly pid: number;
  /** Of the @tozo/sandbox that runs there. */
  readonly version: string;
  /** Whether this call started it. */
  readonly startedNow: boolean;
  /** The version of the process that was stopped because it was another than this package's. */
  readonly replacedVersion?: string;
  /** Makes the app, stack container, unless it is there. */
  ensureApp(name: string): Promise<{ readonly webUrl: string }>;
  /** The requests that have been answered, oldest first, without secrets. */
  journal(filter?: JournalFilter): Promise<JournalEntry[]>;
  status(): Promise<SandboxStatus>;
  /** Sets something that shall go wrong. Throws OPTION_INVALID, before anything is asked, when it is no fault. */
  addFault(fault: Fault): Promise<SetFault>;
  /** The faults that were set, and how often each has struck. */
  faults(): Promise<SetFault[]>;
  /** Removes one by its id, or all, and gives what was removed. */
  clearFaults(id?: number): Promise<SetFault[]>;
  /** Ends the process and its dynos; resolves once it is gone. */
  stop(): Promise<void>;
  /** Removes all apps, images, variables and the journal. */
  reset(): Promise<void>;
}

/** Long, so that a machine under load does not pass for a process that is gone; a closed port refuses at once. */
const answerWithinMs = 10_000;
const startWithinMs = 20_000;
const stopWithinMs = 10_000;
const pollEveryMs = 15;

/**
 * Finds the sandbox of a state folder, and starts it when asked; undefined when none runs and none shall be started. A
 * connection file that a killed process left behind is no error.
 *
 * @throws SandboxError DOCKER_UNAVAILABLE, OPTION_INVALID when the one that runs was started with other options,
 * STATE_UNWRITABLE, STATE_FORMAT, START_FAILED, START_TIMEOUT, or VERSION_MISMATCH when one of another
 * version is in the middle of a deploy.
 */
export function connectSandbox(options: ConnectOptions & { readonly start: true }): Promise<SandboxConnection>;
export function connectSandbox(options?: ConnectOptions): Promise<SandboxConnection | undefined>;
export async function connectSandbox(options: ConnectOptions = {}): Promise<SandboxConnection | undefined> {
  const dir = options.dir === undefined ? defaultStateDir() : resolve(options.dir);
  if (options.dynos === 'docker') {
    const { assertDockerEngine } = await import('../dynos/docker/assert-engine.ts');
    await assertDockerEngine();
  }
  const running = await findRunning(dir);
  if (!running && !options.start) return undefined;
  if (running && (!options.start || running.status.version === packageVersion)) {
    assertSameOptions(running.status, options);
    return connectionTo(running.connection, { startedNow: false });
  }
  if (running) await stopOtherVersion(running);
  openStateDirectory(dir);
  const { idleMinutes = 30, dynos = 'process', tls } = options;
  const tlsPort = tls ? { tlsPort: tls === true ? 0 : (tls.port ?? 0) } : {};
  const started = await startOrAwait({ dir, idleMinutes, dynos, ...tlsPort });
  return connectionTo(started.connection, {
    startedNow: started.startedNow,
    ...(running ? { replacedVersion: running.status.version } : {}),
  });
}

interface Running {
  readonly connection: ConnectionFile;
  readonly status: SandboxStatus;
}

async function findRunning(dir: string): Promise<Running | undefined> {
  const connection = readConnection(dir);
  const status = connection && (await new AdminClient(connection).statusOrUndefined(answerWithinMs));
  return connection && status && { connection, status };
}

async function stopOtherVersion({ connection, status }: Running): Promise<void> {
  if (status.busy) {
    throw new SandboxError(
      'VERSION_MISMATCH',
      `${connection.urls.heroku}: VERSION_MISMATCH: a sandbox of version ${status.version} (pid ${status.pid}) is in the middle of a deploy; this is ${packageVersion}. Try again when it is done.`,
    );
  }
  await stop(connection);
}

/** One of several that start at once starts it; the others wait for what it starts. */
async function startOrAwait(
  options: DaemonOptions,
): Promise<{ readonly connection: ConnectionFile; readonly startedNow: boolean }> {
  const { dir } = options;
  const deadline = performance.now() + startWithinMs;
  for (;;) {
    const lock = takeStartLock(dir);
    try {
      const running = await findRunning(dir);
      if (running) return { connection: running.connection, startedNow: false };
      if (lock) return { connection: await startDaemon(options, deadline), startedNow: true };
    } finally {
      lock?.release();
    }
    if (performance.now() > deadline) throw startTimeout(dir);
    await sleep(pollEveryMs * 4);
  }
}

async function startDaemon(options: DaemonOptions, deadline: number): Promise<ConnectionFile> {
  const { dir } = options;
  const child = spawnDaemon(options);
  let failure = undefined as string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure = logTail(dir) || `it ended with exit code ${code}`));
  while (performance.now() < deadline) {
    if (failure !== undefined) {
      throw new SandboxError('START_FAILED', `${dir}: START_FAILED: ${failure}. Its log is ${logFile(dir)}.`);
    }
    const connection = readConnection(dir);
    if (connection && connection.pid === child.pid) return connection;
    await sleep(pollEveryMs);
  }
  child.kill();
  throw startTimeout(dir);
}

function connectionTo(
  connection: ConnectionFile,
  how: { readonly startedNow: boolean; readonly replacedVersion?: string },
): SandboxConnection {
  const admin = new AdminClient(connection);
  const { urls, tls, apiKey, gitlabToken, gitlabJobToken, pid, version } = connection;
  return {
    urls,
    tls,
    apiKey,
    gitlabToken,
    gitlabJobToken,
    pid,
    version,
    ...how,
    ensureApp: (name) => admin.post('apps', { name }),
    journal: async (filter = {}) => {
      const entries = await admin.get<JournalEntry[]>(`journal?after=${filter.after ?? 0}`);
      return entries.filter((entry) => matches(entry, filter));
    },
    status: () => admin.get('status'),
    addFault: async (fault) => admin.post('faults', parseFault(fault)),
    faults: () => admin.get('faults'),
    clearFaults: (id) => admin.delete(id === undefined ? 'faults' : `faults/${id}`),
    stop: () => stop(connection),
    reset: () => admin.post('reset'),
  };
}

async function stop(connection: ConnectionFile): Promise<void> {
  const admin = new AdminClient(connection);
  await admin.post('stop').catch(() => undefined);
  const deadline = performance.now() + stopWithinMs;
  while (isAlive(connection.pid)) {
    if (performance.now() > deadline) {
      throw new SandboxError(
        'REQUEST_FAILED',
        `${connection.urls.heroku}: REQUEST_FAILED: the sandbox (pid ${connection.pid}) does not end. End that process.`,
      );
    }
    await sleep(pollEveryMs);
  }
}

function startTimeout(dir: string): SandboxError {
  return new SandboxError(
    'START_TIMEOUT',
    `${dir}: START_TIMEOUT: the sandbox did not start within ${startWithinMs / 1000} s. Its log is ${logFile(dir)}.`,
  );
}
