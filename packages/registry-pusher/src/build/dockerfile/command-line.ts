import type { CommandLine } from './instruction.ts';
import { dockerfileInvalidError } from './errors.ts';

/**
 * Parses a JSON array of strings as the exec form, and anything else, including broken JSON, as a shell command.
 * @throws RegistryPusherError DOCKERFILE_INVALID for an array that contains anything but strings
 */
export function parseCommandLine(rest: string, line: number): CommandLine {
  const words = parseJsonWords(rest, line);
  return words === undefined ? { form: 'shell', line: rest } : { form: 'exec', words };
}

/** Returns the strings of a JSON array, or undefined for any other text. */
export function parseJsonWords(rest: string, line: number): string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every((word) => typeof word === 'string'))
    throw dockerfileInvalidError(line, 'a JSON array may contain only strings.');
  return parsed;
}
