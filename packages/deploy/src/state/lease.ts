import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';
import { isRunning, type LeaseHolder, parseHolder, thisProcess } from './lease-holder.ts';
import { fileNameFor, stateDirectory } from './state-directory.ts';

/** Held while a deploy runs. Dispose it to let the next one start. */
export interface Lease extends AsyncDisposable {
  readonly file: string;
}

/**
 * Allows one deploy of an app at a time on this machine. Takes over the lease of a process that no longer runs, so a killed
 * deploy blocks nothing. Between machines, GitLab's `resource_group` does this job.
 *
 * Leases are numbered files; the one with the highest number counts. It appears complete and only once, by link(2), and only
 * after its predecessor was released or its process has ended. A number is never used again, so however long a process waits
 * between reading and linking, it can't take over a lease other than the one it read.
 * @param target where the app is: Heroku and the sandbox may have apps of the same name
 * @param directory tozo's state directory
 * @throws DeployError DEPLOY_RUNNING, STATE_UNUSABLE
 */
export async function acquireLease(app: string, target: string, directory = stateDirectory()): Promise<Lease> {
  const leases = join(directory, 'leases', fileNameFor(target), fileNameFor(app));
  try {
    await makeDirectory(leases);
    for (;;) {
      const newest = await newestLease(leases);
      await assertFree(app, join(leases, String(newest)));
      const lease = await takeNext(leases, newest + 1);
      if (lease) return lease;
    }
  } catch (cause) {
    if (cause instanceof DeployError) throw cause;
    throw new DeployError(
      'STATE_UNUSABLE',
      `Can't make sure that no other deploy of ${app} runs on this machine: ${(cause as Error).message}. Set XDG_STATE_HOME to a directory that this user can write to.`,
      { cause },
    );
  }
}

/**
 * Earlier leases, all of them empty files, remain for a while: a process that read one of them can't create its successor a
 * second time, and one that lists the directory at this moment sees at least one of them.
 */
const keptLeases = 4;

const temporary = '.tmp';

/** Creates a lease as the newest. Returns undefined if another process was faster. */
async function takeNext(leases: string, number: number): Promise<Lease | undefined> {
  const file = join(leases, String(number));
  const handle = await createComplete(leases, file);
  if (!handle) return undefined;
  const numbers = await leaseNumbers(leases);
  if (numbers[0] !== number) {
    await Promise.all([handle.close(), rm(file, { force: true })]);
    return undefined;
  }
  const outdated = numbers.slice(keptLeases).map(String);
  await Promise.all(
    [...outdated, ...(await temporaryFiles(leases))].map((old) => rm(join(leases, old), { force: true })),
  );
  return { file, [Symbol.asyncDispose]: () => release(handle) };
}

/** Creates a file that has this process's name in it from the start. Returns undefined if it exists. */
async function createComplete(leases: string, file: string): Promise<FileHandle | undefined> {
  const complete = join(leases, `${randomUUID()}${temporary}`);
  const handle = await open(complete, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(await thisProcess()));
    await link(complete, file);
    return handle;
  } catch (error) {
    await handle.close();
    // ENOENT: the holder has removed the temporary file, as it does with those of killed processes.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  } finally {
    await rm(complete, { force: true });
  }
}

/** An empty lease is a released one. Emptying needs no space on the disk, and can't hit another process's file. */
async function release(handle: FileHandle): Promise<void> {
  try {
    await handle.truncate();
  } finally {
    await handle.close();
  }
}

async function newestLease(leases: string): Promise<number> {
  return (await leaseNumbers(leases))[0] ?? 0;
}

/** Returns the numbers of the leases, the highest first. */
async function leaseNumbers(leases: string): Promise<number[]> {
  const names = await readdir(leases);
  return names.flatMap((name) => (/^[1-9]\d{0,14}$/.test(name) ? [Number(name)] : [])).toSorted((a, b) => b - a);
}

async function temporaryFiles(leases: string): Promise<string[]> {
  return (await readdir(leases)).filter((name) => name.endsWith(temporary));
}

/** @throws DeployError DEPLOY_RUNNING */
async function assertFree(app: string, file: string): Promise<void> {
  const holder = parseHolder(await readFile(file, 'utf8').catch(ifAbsent));
  if (holder && (await isRunning(holder))) throw runningError(app, file, holder);
}

function runningError(app: string, file: string, { pid, since }: LeaseHolder): DeployError {
  return new DeployError(
    'DEPLOY_RUNNING',
    `Another deploy of ${app} is in progress on this machine (process ${pid}, since ${since}). Wait for it, or stop it; if it's no longer running, remove ${file}.`,
  );
}

function ifAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
