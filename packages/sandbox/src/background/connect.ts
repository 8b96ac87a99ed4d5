import { setTimeout as sleep } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { parseFault } from '../faults/parse-fault.ts';
import type { Fault } from '../faults/fault.ts';
import type { SetFault } from '../faults/faults.ts';
import { isAlive } from '../process/is-alive.ts';
import { acquireLock } from '../process/lock.ts';
import { type JournalEntry, type JournalFilter, matches } from '../journal/entry.ts';
import type { SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';
import { defaultStateDir, openStateDirectory } from '../state/state-directory.ts';
import { assertSameOptions, type FixedOptions } from './assert-same-options.ts';
import { parseTimeMove, type TimeMove } from '../time/time-move.ts';
import { AdminClient } from './client.ts';
import { type ConnectionFile, readConnection } from './connection.ts';
import { packageVersion } from '../process/package-version.ts';
import { type DaemonOptions, logFile, readLogTail, spawnDaemon } from './spawn-daemon.ts';
import type { SandboxStatus } from './status.ts';

export interface ConnectOptions extends FixedOptions {
  /** The state directory. Default: $TOZO_SANDBOX_DIR, else $XDG_STATE_HOME/tozo/sandbox, else ~/.local/state/tozo/sandbox. */
  readonly dir?: string;
  /** Starts the background process if none is running. Default: false. */
  readonly start?: boolean;
  /** A newly started process stops after this many minutes without a request to a service or an app. Default: 30. */
  readonly idleMinutes?: number;
  /** How long the running process may take to respond before the call fails. Default: 10,000 ms. */
  readonly respondWithinMs?: number;
}

/** A sandbox in a background process. */
export interface SandboxConnection {
  readonly urls: SandboxUrls;
  /** Undefined unless it was started with TLS. */
  readonly tls: SandboxTls | undefined;
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  readonly pid: number;
  /** The version of the process's @tozo/sandbox. */
  readonly version: string;
  /** Whether this call started it. */
  readonly startedNow: boolean;
  /** The version of the process that was stopped because it differs from this package's. */
  readonly replacedVersion?: string;
  /** Creates the app with the stack `container` unless it exists. */
  ensureApp(name: string): Promise<{ readonly webUrl: string }>;
  /** Returns the finished requests, oldest first, with secrets redacted. */
  journal(filter?: JournalFilter): Promise<JournalEntry[]>;
  status(): Promise<SandboxStatus>;
  /** Sets a fault. Throws OPTION_INVALID, before any request, if it isn't a valid fault. */
  addFault(fault: Fault): Promise<SetFault>;
  /** Returns the faults and how often each has fired. */
  faults(): Promise<SetFault[]>;
  /** Removes one fault by its id, or all, and returns what it removed. */
  clearFaults(id?: number): Promise<SetFault[]>;
  /** Returns the sandbox's time. */
  time(): Promise<Date>;
  /** Moves the time forward and returns the new one. Throws OPTION_INVALID, before any request, unless it's a valid move. */
  moveTime(move: TimeMove): Promise<Date>;
  /** Stops the process and its dynos. Resolves when the process has exited. */
  stop(): Promise<void>;
  /** Removes all apps, images, variables and the journal, and returns to the machine's time. */
  reset(): Promise<void>;
}

/** Long enough for a machine under load; if the process has exited, its port refuses at once. */
const defaultRespondWithinMs = 10_000;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;
const pollIntervalMs = 15;
/** A start takes a second or two, so an older lock is stale. */
const staleLockMs = 30_000;

/**
 * Connects to the running sandbox of a state directory, or starts one if `start` is set. Returns undefined otherwise.
 * Ignores a connection file left by a killed process.
 *
 * @throws SandboxError DOCKER_UNAVAILABLE, STATE_UNWRITABLE, STATE_FORMAT, START_FAILED, START_TIMEOUT, OPTION_INVALID if
 * the running sandbox has other options, NOT_RESPONDING if it doesn't respond, or VERSION_MISMATCH if one of another version
 * is in the middle of a deploy.
 */
export function connectSandbox(options: ConnectOptions & { readonly start: true }): Promise<SandboxConnection>;
export function connectSandbox(options?: ConnectOptions): Promise<SandboxConnection | undefined>;
export async function connectSandbox(options: ConnectOptions = {}): Promise<SandboxConnection | undefined> {
  const dir = options.dir === undefined ? defaultStateDir() : resolve(options.dir);
  if (options.dynos === 'docker') {
    const { assertDockerEngine } = await import('../dynos/docker/assert-engine.ts');
    await assertDockerEngine();
  }
  const { respondWithinMs = defaultRespondWithinMs } = options;
  const running = await findRunning(dir, respondWithinMs);
  if (!running && !options.start) return undefined;
  if (running && (!options.start || running.status.version === packageVersion)) {
    assertSameOptions(running.status, options);
    return createConnection(running.connection, { startedNow: false });
  }
  if (running) await stopOtherVersion(running);
  openStateDirectory(dir);
  const { idleMinutes = 30, dynos = 'process', tls } = options;
  const tlsPort = tls ? { tlsPort: tls === true ? 0 : (tls.port ?? 0) } : {};
  const started = await startOrAwait({ dir, idleMinutes, dynos, ...tlsPort }, respondWithinMs);
  return createConnection(started.connection, {
    startedNow: started.startedNow,
    ...(running ? { replacedVersion: running.status.version } : {}),
  });
}

interface Running {
  readonly connection: ConnectionFile;
  readonly status: SandboxStatus;
}

async function findRunning(dir: string, respondWithinMs: number): Promise<Running | undefined> {
  const connection = readConnection(dir);
  const status = connection && (await new AdminClient(connection).findStatus(respondWithinMs));
  return connection && status && { connection, status };
}

async function stopOtherVersion({ connection, status }: Running): Promise<void> {
  if (status.busy) {
    throw new SandboxError(
      'VERSION_MISMATCH',
      `${connection.urls.heroku}: VERSION_MISMATCH: the running sandbox (pid ${status.pid}) has version ${status.version}, not ${packageVersion}, and is in the middle of a deploy. Retry when the deploy is done.`,
    );
  }
  await stop(connection);
}

/** Starts the process, or waits for another caller that is starting it. */
async function startOrAwait(
  options: DaemonOptions,
  respondWithinMs: number,
): Promise<{ readonly connection: ConnectionFile; readonly startedNow: boolean }> {
  const { dir } = options;
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const lock = acquireLock(join(dir, 'start.lock'), staleLockMs);
    try {
      const running = await findRunning(dir, respondWithinMs);
      if (running) return { connection: running.connection, startedNow: false };
      if (lock) return { connection: await startDaemon(options, deadline), startedNow: true };
    } finally {
      lock?.release();
    }
    if (performance.now() > deadline) throw startTimeoutError(dir);
    await sleep(pollIntervalMs * 4);
  }
}

async function startDaemon(options: DaemonOptions, deadline: number): Promise<ConnectionFile> {
  const { dir } = options;
  const child = spawnDaemon(options);
  let failure = undefined as string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure = readLogTail(dir) || `the process exited with code ${code}`));
  while (performance.now() < deadline) {
    if (failure !== undefined) {
      throw new SandboxError('START_FAILED', `${dir}: START_FAILED: ${failure}. See its log: ${logFile(dir)}.`);
    }
    const connection = readConnection(dir);
    if (connection && connection.pid === child.pid) return connection;
    await sleep(pollIntervalMs);
  }
  child.kill();
  throw startTimeoutError(dir);
}

function createConnection(
  connection: ConnectionFile,
  start: { readonly startedNow: boolean; readonly replacedVersion?: string },
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
    ...start,
    ensureApp: (name) => admin.post('apps', { name }),
    journal: async (filter = {}) => {
      const entries = await admin.get<JournalEntry[]>(`journal?after=${filter.after ?? 0}`);
      return entries.filter((entry) => matches(entry, filter));
    },
    status: () => admin.get('status'),
    addFault: async (fault) => admin.post('faults', parseFault(fault)),
    faults: () => admin.get('faults'),
    clearFaults: (id) => admin.delete(id === undefined ? 'faults' : `faults/${id}`),
    time: async () => timeIn(await admin.get('time')),
    moveTime: async (move) => timeIn(await admin.post('time', parseTimeMove(move))),
    stop: () => stop(connection),
    reset: () => admin.post('reset'),
  };
}

const timeIn = ({ time }: { readonly time: string }): Date => new Date(time);

async function stop(connection: ConnectionFile): Promise<void> {
  const admin = new AdminClient(connection);
  await admin.post('stop').catch(() => undefined);
  const deadline = performance.now() + stopTimeoutMs;
  while (isAlive(connection.pid)) {
    if (performance.now() > deadline) {
      throw new SandboxError(
        'REQUEST_FAILED',
        `${connection.urls.heroku}: REQUEST_FAILED: the sandbox (pid ${connection.pid}) didn't exit within ${stopTimeoutMs / 1000} s. Kill that process.`,
      );
    }
    await sleep(pollIntervalMs);
  }
}

function startTimeoutError(dir: string): SandboxError {
  return new SandboxError(
    'START_TIMEOUT',
    `${dir}: START_TIMEOUT: the sandbox didn't start within ${startTimeoutMs / 1000} s. See its log: ${logFile(dir)}.`,
  );
}
