import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Returns the directory of what tozo keeps from run to run on this machine.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function stateDirectory(): string {
  const { XDG_STATE_HOME: state } = process.env;
  return join(state && isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'tozo');
}

/** Returns the name of a file or directory for any text. Different texts have different names. */
export function fileNameFor(text: string): string {
  return encodeURIComponent(text).replace(/^\./, '%2E');
}
