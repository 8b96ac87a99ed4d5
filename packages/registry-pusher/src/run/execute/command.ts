import type { RunStep } from '../run-step.ts';
import type { Root } from './paths.ts';
import { findProgram, isBusybox } from './programs.ts';
import type { RunUser } from './user.ts';

/** Where a heredoc with its own interpreter is, as in BuildKit. */
export const scriptDirectory = '/dev/pipes';

/** Returns the words that a RUN executes inside the image. */
export function commandOf({ command, shell }: RunStep): readonly string[] {
  switch (command.form) {
    case 'exec':
      return command.words;
    case 'shell':
      return [...shell, command.script];
    case 'script':
      return [...shell, `${scriptDirectory}/${command.name}`];
  }
}

/** Returns the environment of a RUN: the image's, and nothing of this job. */
export function environmentOf(
  { env, proxies }: RunStep,
  { home }: RunUser,
  secrets: Readonly<Record<string, string>>,
): string[] {
  const variables = new Map([...env, ...proxies].map(splitVariable));
  for (const [name, value] of Object.entries(secrets)) variables.set(name, value);
  if (!variables.has('HOME')) variables.set('HOME', home);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

function splitVariable(entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** The capabilities that `docker build` gives to root. */
const dockerCapabilities = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
];

export interface EnterOptions {
  readonly root: Root;
  readonly user: RunUser;
  /** In the image, without links. */
  readonly workdir: string;
  readonly environment: readonly string[];
  readonly command: readonly string[];
  /** Whether more capabilities than Docker's are there to drop. */
  readonly dropCapabilities: boolean;
  /** Whether groups can be set. */
  readonly setsGroups: boolean;
}

/** Returns the words that enter the image's root as its user and execute a command there. */
export function enterRoot(options: EnterOptions): string[] {
  const { root, user, workdir, environment, command, dropCapabilities, setsGroups } = options;
  const setpriv = setsGroups ? findSetpriv() : undefined;
  const groups = user.groups.length === 0 ? ['--clear-groups'] : ['--groups', user.groups.join(',')];
  const bounding = ['-all', ...dockerCapabilities.map((name) => `+${name}`)].join(',');
  const drop = dropCapabilities ? [`--bounding-set=${bounding}`, '--inh-caps=-all'] : [];
  const ids = setsGroups ? ['--setuid', String(user.uid)] : [];
  return [
    findProgram('env')!,
    '-i',
    ...environment,
    ...(setpriv === undefined ? [] : [setpriv, '--regid', String(user.gid), ...groups, ...drop, '--']),
    findProgram('nsenter')!,
    `--root=${root.directory}`,
    `--wd=${root.at(workdir)}`,
    ...ids,
    ...(setsGroups && setpriv === undefined ? ['--setgid', String(user.gid)] : []),
    '--',
    ...command,
  ];
}

/** Busybox has a program of that name that can't set groups. */
export function findSetpriv(): string | undefined {
  const found = findProgram('setpriv');
  return found === undefined || isBusybox(found) ? undefined : found;
}
