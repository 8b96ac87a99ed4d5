import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { join } from 'node:path';

const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The path of programs of this machine that only see what they are given. */
export const cleanEnv = { PATH: directories.join(':') };

/** Returns the path of a program of this machine. Only system directories count: a job's PATH isn't trusted with root. */
export function findProgram(name: string): string | undefined {
  return directories
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Returns whether a program of this machine succeeds, and what it says. */
export function tryProgram(argv: readonly string[]): { readonly succeeds: boolean; readonly says: string } {
  const { status, stdout, stderr, error } = spawnSync(argv[0]!, argv.slice(1), {
    env: cleanEnv,
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
  });
  return { succeeds: status === 0, says: (error?.message ?? `${stdout}${stderr}`).trim() };
}

/** Quotes a word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Returns whether a program is one of busybox's, which have fewer options. */
export function isBusybox(path: string): boolean {
  try {
    return /busybox/.test(realpathSync(path));
  } catch {
    return false;
  }
}
