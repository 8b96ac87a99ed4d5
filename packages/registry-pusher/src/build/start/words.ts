/** One command of a shell, without anything that only the shell understands. */
const plain = /^[\w@%+=:,./-]+(?:\s+[\w@%+=:,./-]+)*$/;

/**
 * Splits the line of a shell form if it's one plain command, such as `node main.js` or `exec ./start.sh`.
 * @returns undefined if only a shell knows what it runs
 */
export function splitPlainCommand(line: string): readonly string[] | undefined {
  const text = line.trim().replace(/^exec\s+/, '');
  if (!plain.test(text)) return undefined;
  const words = text.split(/\s+/);
  return builtIns.has(words[0]!) || words[0]!.includes('=') ? undefined : words;
}

const builtIns = new Set(
  'cd set export source . eval exit test trap ulimit umask unset wait if for while case'.split(' '),
);
