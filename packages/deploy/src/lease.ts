import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DeployError } from './errors.ts';

/** Held while a deploy runs. Disposing it lets the next one in. */
export interface Lease extends AsyncDisposable {
  readonly file: string;
}

interface Holder {
  readonly pid: number;
  readonly since: string;
}

/**
 * One deploy of an app at a time on this machine. The lease of a process that is gone is taken over, so that a killed deploy
 * blocks nobody. Between machines GitLab's `resource_group` does this work.
 * @param target where the app lies: two places may have apps of one name
 * @throws DeployError DEPLOY_RUNNING
 */
export async function acquireLease(app: string, target: string, folder = leaseFolder()): Promise<Lease> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${app}-${createHash('sha256').update(target).digest('hex').slice(0, 8)}.json`);
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  if (!(await tryCreate(file, holder))) {
    await removeIfAbandoned(file, app);
    if (!(await tryCreate(file, holder))) throw running(app, file, await readHolder(file));
  }
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(file, { force: true });
    },
  };
}

function leaseFolder(): string {
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
  if (holder && isAlive(holder.pid)) throw running(app, file, holder);
  await rm(file, { force: true });
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined; // half written by a process that was killed, or gone by now
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

function running(app: string, file: string, holder: Holder | undefined): DeployError {
  const who = holder ? ` (process ${holder.pid}, since ${holder.since})` : '';
  return new DeployError(
    'DEPLOY_RUNNING',
    `Another deploy of ${app} is under way on this machine${who}. Wait for it, or stop it; if there is none, remove ${file}.`,
  );
}
