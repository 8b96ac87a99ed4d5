import type { FileChange } from './files/file-change.ts';

const context = 2;

/** Returns the lines of a diff, each with `+`, `-` or a space in front, and `…` between sections. */
export function diffLines({ before = '', after }: FileChange): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const all = compare(old, now);
  const near = new Set(
    all.flatMap(([sign], index) =>
      sign === ' ' ? [] : [...Array(2 * context + 1).keys()].map((offset) => index + offset - context),
    ),
  );
  const shown: string[] = [];
  for (const [index, [sign, line]] of all.entries()) {
    if (near.has(index)) shown.push(`${sign} ${line}`.trimEnd());
    else if (shown.length > 0 && shown.at(-1) !== '…') shown.push('…');
  }
  if (shown.at(-1) === '…') shown.pop();
  return shown;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

type Line = readonly [sign: '+' | '-' | ' ', text: string];

/** By the longest common subsequence. Files are short. */
function compare(old: readonly string[], now: readonly string[]): Line[] {
  const lengths = Array.from({ length: old.length + 1 }, () => Array.from({ length: now.length + 1 }, () => 0));
  for (let a = old.length - 1; a >= 0; a -= 1)
    for (let b = now.length - 1; b >= 0; b -= 1)
      lengths[a]![b] =
        old[a] === now[b] ? lengths[a + 1]![b + 1]! + 1 : Math.max(lengths[a + 1]![b]!, lengths[a]![b + 1]!);
  const lines: Line[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) {
      lines.push([' ', old[a]!]);
      a += 1;
      b += 1;
    } else if (a < old.length && (b >= now.length || lengths[a + 1]![b]! >= lengths[a]![b + 1]!))
      lines.push(['-', old[a++]!]);
    else lines.push(['+', now[b++]!]);
  }
  return lines;
}
