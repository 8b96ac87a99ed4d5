import { posix } from 'node:path';
import { isStandIn } from '../base-image.ts';
import { type FileTree, followLinks } from '../base/file-tree.ts';
import type { RunConfig } from '../../image/config.ts';

/** A file that this build adds to the image. */
export interface NewFile {
  readonly mode: number;
  /** Reads its first bytes. */
  readonly head: () => Promise<Buffer>;
}

/** The finished image. */
export interface StartHost {
  readonly tree: FileTree;
  readonly config: RunConfig;
  /** Returns a new file by its path in the image. */
  readonly newFile: (path: string) => NewFile | undefined;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns why a container can't start a program, with the remedy, or undefined. */
export async function whyNotStartable(program: string, host: StartHost): Promise<string | undefined> {
  const { tree } = host;
  const found = await findProgram(program, host);
  // A stand-in doesn't tell what the real base has.
  if (found === undefined && !program.includes('/') && isStandIn(host.config)) return undefined;
  if (found === undefined)
    return program.includes('/')
      ? `${program} doesn't exist in the image. Copy it, or correct the path.`
      : `${program} isn't in any directory of PATH in the image. Use a base that has it, or its full path.`;
  if (found.kind === 'directory') return `${program} is a directory in the image. Name a program in it.`;
  const file = host.newFile(found.path);
  if (file === undefined) return undefined;
  if ((file.mode & 0o111) === 0)
    return `${program} isn't executable. Run git update-index --chmod=+x on it, or add --chmod=755 to its COPY.`;
  const head = await file.head();
  if (head.subarray(0, 4).toString('latin1') === '\x7fELF') return undefined;
  const [, interpreter, end] = /^#![ \t]*([^\s]+)[^\r\n]*(\r?)/.exec(head.toString('latin1')) ?? [];
  if (interpreter === undefined)
    return `${program} is neither a Linux program nor a script that starts with #!. Add #!/bin/sh or #!/usr/bin/env node as its first line.`;
  if (end === '\r') return crlfReason(program);
  if ((await followLinks(tree, interpreter)).found.kind !== 'file')
    return `the first line of ${program} names ${interpreter}, which doesn't exist in the image. Name a program that the base has.`;
  return undefined;
}

/** Returns why an interpreter can't run its first argument, with the remedy, or undefined. */
export async function whyNotReadable(
  [interpreter, script]: readonly string[],
  host: StartHost,
): Promise<string | undefined> {
  const kind = interpreters[posix.basename(interpreter ?? '')];
  if (kind === undefined || script === undefined || /^-|^$/.test(script)) return undefined;
  const path = posix.resolve('/', host.config.WorkingDir || '/', script);
  const endings = kind === 'node' ? ['', '.js', '.json', '.node'] : [''];
  for (const ending of endings) {
    const end = await followLinks(host.tree, `${path}${ending}`);
    if (end.found.kind === 'absent') continue;
    const head = kind === 'shell' ? await host.newFile(end.path)?.head() : undefined;
    return head?.includes('\r\n') === true ? crlfReason(script) : undefined;
  }
  const at = path === script ? '' : ` (${path})`;
  return `${script}${at} doesn't exist in the image. Build it before the image, copy it, or correct the path.`;
}

const interpreters: Readonly<Record<string, 'node' | 'shell' | undefined>> = {
  __proto__: null as never,
  node: 'node',
  nodejs: 'node',
  sh: 'shell',
  bash: 'shell',
  ash: 'shell',
  dash: 'shell',
};

function crlfReason(program: string): string {
  return `${program} has Windows line ends (CRLF), which Linux takes for a part of the commands. Save it with LF, and add "*.sh text eol=lf" to .gitattributes.`;
}

/** Finds a program by its path or in PATH, following links. */
export async function findProgram(program: string, { tree, config }: StartHost) {
  const { Env = [], WorkingDir } = config;
  const directories = program.includes('/')
    ? [posix.resolve('/', WorkingDir || '/')]
    : (Env.find((each) => each.startsWith('PATH='))?.slice(5) ?? defaultPath).split(':').filter((each) => each !== '');
  for (const directory of directories) {
    const { path, found } = await followLinks(tree, posix.resolve(directory, program));
    if (found.kind === 'file' || (found.kind === 'directory' && program.includes('/')))
      return { path, kind: found.kind };
  }
  return undefined;
}
