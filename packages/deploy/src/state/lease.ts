import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DeployError } from '../errors.ts';

/** Held while a deploy runs. Dispose it to let the next one start. */
export interface Lease extends AsyncDisposable {
  readonly file: string;
}

interface Holder {
  readonly pid: number;
  readonly since: string;
}

/**
 * Allows one deploy of an app at a time on this machine. Takes over the lease of a process that no longer runs, so a killed
 * deploy blocks nothing. Between machines, GitLab's `resource_group` does this job.
 * @param target where the app is: Heroku and the sandbox may have apps of the same name
 * @throws DeployError DEPLOY_RUNNING
 */
export async function acquireLease(app: string, target: string, directory = leaseDirectory()): Promise<Lease> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${app}-${createHash('sha256').update(target).digest('hex').slice(0, 8)}.json`);
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  if (!(await tryCreate(file, holder))) {
    await removeIfAbandoned(file, app);
    if (!(await tryCreate(file, holder))) throw runningError(app, file, await readHolder(file));
  }
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(file, { force: true });
    },
  };
}

function leaseDirectory(): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(state, 'tozo', 'leases');
}

async function tryCreate(file: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfAbandoned(file: string, app: string): Promise<void> {
  const holder = await readHolder(file);
  if (holder && isAlive(holder.pid)) throw runningError(app, file, holder);
  await rm(file, { force: true });
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined; // half written by a killed process, or removed in the meantime
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function runningError(app: string, file: string, holder: Holder | undefined): DeployError {
  const who = holder ? ` (process ${holder.pid}, since ${holder.since})` : '';
  return new DeployError(
    'DEPLOY_RUNNING',
    `Another deploy of ${app} is in progress on this machine${who}. Wait for it, or stop it; if it's no longer running, remove ${file}.`,
  );
}
