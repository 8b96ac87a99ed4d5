import type { CommandLine } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';

/**
 * A JSON array of strings is the exec form; everything else, broken JSON too, is a line for the shell.
 * @throws RegistryPusherError DOCKERFILE_INVALID for an array that holds something else than strings
 */
export function parseCommandLine(rest: string, line: number): CommandLine {
  const words = jsonWords(rest, line);
  return words === undefined ? { form: 'shell', line: rest } : { form: 'exec', words };
}

/** The strings of a JSON array, or undefined when the text is none. */
export function jsonWords(rest: string, line: number): string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every((word) => typeof word === 'string'))
    throw dockerfileInvalid(line, 'a JSON array may hold strings only.');
  return parsed;
}
