import type { Heredoc } from './instruction.ts';

const keywordWithHeredoc = /^\s*(?:onbuild\s+)?(?:add|copy|run)\s+(?:--\S+\s+)*(.*)$/is;
const heredocWord = /(?:^|\s)\d*<<(-?)[ \t]*(["']?)([^\s<"']+)\2(?=\s|$)/g;

/**
 * Reads the bodies of an instruction's heredocs. An unterminated one extends to the end of the file.
 * @see https://docs.docker.com/reference/dockerfile/#here-documents
 */
export function readHeredocs(
  instruction: string,
  physical: readonly string[],
  from: number,
): { heredocs: Heredoc[]; next: number } {
  const rest = instruction.includes('<<') ? keywordWithHeredoc.exec(instruction)?.[1] : undefined;
  if (rest === undefined || isJson(rest)) return { heredocs: [], next: from };
  const heredocs: Heredoc[] = [];
  let next = from;
  for (const [, chomp, , name] of rest.matchAll(heredocWord)) {
    const start = next;
    const ends = (text: string) => (chomp === '-' ? text.replace(/^\t+/, '') : text).replace(/\r+$/, '') === name;
    while (next < physical.length && !ends(physical[next]!)) next++;
    const content = physical.slice(start, next).map((text) => `${text}\n`);
    heredocs.push({ name: name!, content: content.join(''), stripsTabs: chomp === '-' });
    next = Math.min(next + 1, physical.length);
  }
  return { heredocs, next };
}

function isJson(text: string): boolean {
  if (!text.startsWith('[')) return false;
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
