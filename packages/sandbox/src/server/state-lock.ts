import { join } from 'node:path';
import { SandboxError } from '../errors/sandbox-error.ts';
import { acquireLock, holderOf, type Lock } from '../process/lock.ts';
import { unwritableError } from '../state/state-file.ts';

/** Locks a state directory for this sandbox. Throws STATE_IN_USE if another one has it, even one that is stopped. */
export function lockStateDirectory(dir: string): Lock {
  const path = join(dir, 'owner.lock');
  try {
    // Another process may remove the same stale lock at the same time.
    const lock = acquireLock(path) ?? acquireLock(path);
    if (lock) return lock;
  } catch (error) {
    throw unwritableError(path, error);
  }
  throw new SandboxError(
    'STATE_IN_USE',
    `${dir}: STATE_IN_USE: the sandbox of process ${holderOf(path)?.pid ?? 'unknown'} uses the state directory. Stop it, or use another directory.`,
  );
}
