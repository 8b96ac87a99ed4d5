import { posix } from 'node:path';
import { parseNumericOwner } from '../base/file-tree.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { ifKnown } from '../layer/known-tree.ts';
import { findProgram, type StartHost, whyNotReadable, whyNotStartable } from './programs.ts';
import { splitPlainCommand } from './words.ts';

/** An instruction that decides how a container starts. The last one of its kind wins. */
export interface StartInstruction {
  readonly keyword: 'USER' | 'ENTRYPOINT' | 'CMD';
  /** What messages call it. */
  readonly subject: string;
}

/**
 * Returns why a container can't start as an instruction says: its user, shell, program or script doesn't exist, isn't
 * executable or has Windows line ends. What the base itself says isn't checked, and nothing is claimed about files that aren't
 * known.
 */
export async function checkStart({ keyword, subject }: StartInstruction, host: StartHost): Promise<string[]> {
  const reason = await ifKnown(keyword === 'USER' ? whyNoUser(host) : whyNoStart(keyword, host));
  return reason === undefined ? [] : [`${subject}: no container starts: ${reason}`];
}

async function whyNoUser({ tree, config: { User = '' } }: StartHost): Promise<string | undefined> {
  if (User === '' || parseNumericOwner(User) !== undefined) return undefined;
  try {
    await tree.resolveOwner(User);
    return undefined;
  } catch (error) {
    if (error instanceof RegistryPusherError && error.code === 'DOCKERFILE_INVALID') return error.message;
    throw error;
  }
}

async function whyNoStart(keyword: 'ENTRYPOINT' | 'CMD', host: StartHost): Promise<string | undefined> {
  const { Entrypoint, Cmd } = host.config;
  const [entrypoint, cmd] = [Entrypoint ?? [], Cmd ?? []];
  const own = keyword === 'ENTRYPOINT' ? entrypoint : cmd;
  if (own.length === 0) return undefined;
  if (keyword === 'CMD' && entrypoint.length > 0) {
    if (entrypoint.length === 1 && isInterpreter(entrypoint[0]!)) return whyNotReadable([...entrypoint, ...cmd], host);
    // Other entrypoints do what they like with their arguments. Those of official images start a program that exists.
    const starts = posix.basename(entrypoint[0]!) === 'docker-entrypoint.sh' && (await findProgram(cmd[0]!, host));
    if (!starts) return undefined;
  }
  const why = await whyNotStartable(own[0]!, host);
  return why === undefined ? whyNotRunning(own, host) : explainShell(own, why);
}

async function whyNotRunning(command: readonly string[], host: StartHost): Promise<string | undefined> {
  const [shell, option, line] = command;
  if (option !== '-c' || !isShell(shell!)) return whyNotReadable(command, host);
  const words = splitPlainCommand(line ?? '');
  if (words === undefined) return undefined;
  return (await whyNotStartable(words[0]!, host)) ?? whyNotReadable(words, host);
}

function explainShell([program, option, line]: readonly string[], why: string): string {
  if (option !== '-c' || !isShell(program!)) return why;
  const words = splitPlainCommand(line ?? '') ?? ['node', 'main.js'];
  return `the shell form needs ${program}, which doesn't exist in the image. Use the exec form, such as ${JSON.stringify(words)}.`;
}

function isShell(program: string): boolean {
  return /^(?:ba|da|a|z)?sh$/.test(posix.basename(program));
}

function isInterpreter(program: string): boolean {
  return posix.basename(program) === 'node' || isShell(program);
}
