import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a build left: processes with a root in a directory or with a word in their command, mounts, and files. */
export interface LeftBehind {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly files: readonly string[];
}

export const nothing: LeftBehind = { processes: [], mounts: [], files: [] };

/** @param word in the command lines of the build's processes */
export function findLeftBehind(directory: string, word: string): LeftBehind {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${directory}/`));
  return { processes: findProcesses(directory, word), mounts, files: readdirSync(`${directory}/tmp`) };
}

function findProcesses(directory: string, word: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const root = readlinkSync(`/proc/${pid}/root`);
      return command.includes(word) || root.startsWith(`${directory}/`) ? [`${pid} ${root} ${command}`] : [];
    } catch {
      return [];
    }
  });
}
