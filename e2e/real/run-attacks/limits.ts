import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group whose processes can't be more than some. */
export interface ProcessLimit extends Disposable {
  /** A command that starts a program in it. */
  readonly enter: readonly string[];
}

/** Returns undefined if this machine's control groups can't be used. */
export function limitProcesses(max: number): ProcessLimit | undefined {
  const parent = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((path) => existsSync(join(path, 'cgroup.procs')));
  if (parent === undefined) return undefined;
  const group = join(parent, `tozo-${process.pid}-${max}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, 'pids.max'), String(max));
  } catch {
    return undefined;
  }
  return {
    enter: ['/bin/sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group],
    [Symbol.dispose]: () => rmdirSync(group),
  };
}
