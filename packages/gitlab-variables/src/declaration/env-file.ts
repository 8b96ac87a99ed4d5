import { GitlabVariablesError } from '../variable/errors.ts';

/**
 * Parses a file as `docker run --env-file` does: one `NAME=value` per line, the value exactly as written with its quotes, spaces
 * and `#`; lines that are empty or start with `#` are skipped; a name alone takes its value from the environment, if it's set
 * there. A later line wins.
 * @param file its name, for errors, which never contain values
 * @throws GitlabVariablesError FILE_INVALID
 */
export function parseEnvFile(
  content: Buffer,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Map<string, string> {
  const values = new Map<string, string>();
  const text = decode(content, file);
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.replace(/\r$/, '').trimStart();
    if (entry === '' || entry.startsWith('#')) continue;
    const end = entry.indexOf('=');
    const name = end < 0 ? entry : entry.slice(0, end);
    if (name === '' || /\s/.test(name)) {
      throw invalid(`${file}, line ${index + 1}: expected NAME=value, without spaces in the name.`);
    }
    const value = end < 0 ? env[name] : entry.slice(end + 1);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

function decode(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw invalid(`${file} isn't UTF-8 text: save it as UTF-8.`);
  }
}

function invalid(message: string): GitlabVariablesError {
  return new GitlabVariablesError('FILE_INVALID', message);
}
