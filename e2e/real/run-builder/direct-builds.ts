import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunExecutor } from '@tozo/registry-pusher';
import type { ImageContent } from '../direct-builder/image-files.ts';

/** What became of a Dockerfile. */
export interface RunOutcome {
  readonly content?: ImageContent;
  readonly rejection?: string;
}

export interface DirectBuilds {
  /** What executed RUN. */
  readonly executor: string;
  readonly outcomes: ReadonlyMap<string, RunOutcome>;
}

/** Root's capabilities in a container of Docker: namespaces can't be made with them. */
const containerCapabilities = [
  ...['chown', 'dac_override', 'fsetid', 'fowner', 'mknod', 'net_raw', 'setgid', 'setuid', 'setfcap', 'setpcap'],
  ...['net_bind_service', 'sys_chroot', 'kill', 'audit_write'],
];

/** Starts a program as a user who isn't root, with or without more users for a user namespace. */
const asNobody = (subordinate: string) => [
  ...['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c'],
  `for file in subuid subgid; do printf '${subordinate}' > /tmp/$file.$$ && mount --bind /tmp/$file.$$ /etc/$file && rm /tmp/$file.$$ || exit 1; done
   exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"`,
  'sh',
];

export type RunMode = RunExecutor['name'];

/** What a process may do, as a command in front of it. */
export const privileges: Readonly<Record<RunMode, readonly string[]>> = {
  'user namespace': asNobody('nobody:100000:65536\\n'),
  'user namespace of one user': asNobody(''),
  namespaces: [],
  chroot: [
    'setpriv',
    `--bounding-set=${['-all', ...containerCapabilities.map((name) => `+${name}`)].join(',')}`,
    '--inh-caps=-all',
    '--',
  ],
};

/** Builds Dockerfiles in a process with these privileges, one after the other. */
export async function buildDirectly(
  directory: string,
  cases: readonly { readonly name: string; readonly buildArgs?: Readonly<Record<string, string>> }[],
  prefix: readonly string[],
): Promise<DirectBuilds> {
  const script = join(import.meta.dirname, 'build-all.ts');
  const node = [process.execPath, '--conditions=@tozo/source', '--import=tsx', script, directory];
  const [program, ...args] = [...prefix, ...node] as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: join(import.meta.dirname, '../..') });
  child.stdin.end(cases.map((each) => `${JSON.stringify(each)}\n`).join(''));
  let executor = 'none';
  const outcomes = new Map<string, RunOutcome>();
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, executor: found, ...outcome } = JSON.parse(line) as RunOutcome & { name?: string; executor?: string };
    if (name === undefined) executor = found!;
    else outcomes.set(name, outcome);
  }
  return { executor, outcomes };
}
