import { stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { amd64, inspectExecutable } from './elf.ts';
import { resolveInImage } from '../image/image-path.ts';
import { isExecutable, isHostProgram, isNodeProgram } from './host-programs.ts';

/** The environment of a command. */
export interface CommandPlace {
  /** The image's unpacked directory. */
  readonly root: string;
  /** Directories on this machine to search for programs, in order. */
  readonly path: readonly string[];
  readonly workingDirectory: string;
  /** This machine's programs that replace the image's. */
  readonly hostPrograms: string | undefined;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Turns an image's command into one for this machine: absolute paths that exist in the image become paths in its
 * unpacked directory, and the program is one that runs here.
 *
 * @throws SandboxError COMMAND_NOT_FOUND.
 */
export async function resolveCommand(words: readonly string[], place: CommandPlace): Promise<Command> {
  const [program, ...rest] = words;
  if (program === undefined || program === '') {
    throw new SandboxError(
      'COMMAND_NOT_FOUND',
      'the image has no command: set CMD in its Dockerfile, or a command for the process type',
    );
  }
  const file = await findProgram(program, place);
  const args = await Promise.all(rest.map(async (word) => await mapPath(word, place.root)));
  if (/^(?:ba)?sh$/.test(basename(program)) && rest[0] === '-c' && rest[1] !== undefined) {
    args[1] = await mapPathsInScript(rest[1], place.root);
  }
  return await runnable({ file, args }, program, place);
}

/** Maps `/app/main.js` into the unpacked directory if the image has it. Returns anything else unchanged. */
export async function mapPath(word: string, root: string): Promise<string> {
  if (!/^\/+[^/]/.test(word) || word.includes('\0')) return word;
  const path = resolveInImage(root, word);
  return (await isPresent(path)) ? join(root, posix.normalize(word)) : word;
}

/** The shell form of CMD: paths are inside a script. */
async function mapPathsInScript(script: string, root: string): Promise<string> {
  const pieces = script.split(/(?<=^|[\s"'=:;(&|<>])(\/[\w.@+/-]+)/);
  return (await Promise.all(pieces.map(async (piece) => await mapPath(piece, root)))).join('');
}

async function findProgram(
  program: string,
  { root, path, workingDirectory, hostPrograms }: CommandPlace,
): Promise<string> {
  const name = basename(program);
  const candidates = program.includes('/')
    ? [program.startsWith('/') ? join(root, posix.normalize(program)) : join(workingDirectory, program)]
    : path.map((directory) => join(directory, name));
  if (hostPrograms !== undefined && program.startsWith('/') && isHostProgram(name)) {
    if (isNodeProgram(name)) candidates.unshift(join(hostPrograms, name));
    else candidates.push(join(hostPrograms, name));
  }
  for (const candidate of candidates) {
    if ((await isExecutable(candidate)) && (await stat(candidate)).isFile()) return candidate;
  }
  throw new SandboxError('COMMAND_NOT_FOUND', `${program}: not found in the image, or not executable`);
}

/** Runs scripts with the image's interpreter if only the image has it. Rejects programs for other machines. */
async function runnable({ file, args }: Command, program: string, place: CommandPlace): Promise<Command> {
  const executable = await inspectExecutable(file);
  if (executable.kind === 'script' && !(await isExecutable(executable.interpreter))) {
    const interpreter = await findProgram(executable.interpreter, place);
    const argument = executable.argument === undefined ? [] : [executable.argument];
    return await runnable({ file: interpreter, args: [...argument, file, ...args] }, executable.interpreter, place);
  }
  const isOwn = file.startsWith(`${place.root}/`);
  if (executable.kind === 'elf' && isOwn && !(await runsHere(file))) {
    throw new SandboxError(
      'COMMAND_NOT_FOUND',
      `${program} can't run on this machine: it wasn't built for ${process.platform}/${process.arch}`,
    );
  }
  return { file, args };
}

/** Returns whether this machine can run a linux/amd64 program. */
export async function runsHere(file: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const executable = await inspectExecutable(file);
  if (executable.kind !== 'elf' || executable.machine !== amd64) return false;
  return executable.interpreter === undefined || (await isPresent(executable.interpreter));
}

async function isPresent(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
