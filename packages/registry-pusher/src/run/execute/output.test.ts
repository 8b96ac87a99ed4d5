import { expect, test } from 'vitest';
import { RunOutput } from './output.ts';

function print(chunks: readonly string[], secrets: readonly string[] = []): string[] {
  const lines: string[] = [];
  const output = new RunOutput({ onLine: (line) => void lines.push(line), secrets });
  for (const chunk of chunks) output.add(Buffer.from(chunk));
  output.end();
  return lines;
}

test('prints whole lines, also when chunks split them', () => {
  expect(print(['a', 'b\nc', '\n\nd'])).toEqual(['ab', 'c', '', 'd']);
});

test('keeps terminal commands away from the terminal', () => {
  expect(print(['\u001B[31mred\u001B[0m \u001B]0;title\u0007x\u0007\n10 %\r20 %\n'])).toEqual(['red x\\x07', '20 %']);
});

test('redacts secrets', () => {
  expect(print(['the tok', 'en-1 is here\n'], ['token-1'])).toEqual(['the [REDACTED] is here']);
});

test('redacts the lines of a file, and a token in one of them', () => {
  const npmrc = '//registry.example/:_authToken=npm_0123456789abcdefghij\nemail=a@b.example\n';
  expect(print([npmrc, 'npm_0123456789abcdefghij!\n'], [npmrc])).toEqual(['[REDACTED]', '[REDACTED]', '[REDACTED]!']);
});

test('leaves out what is more than 2 MiB, and keeps the last lines', () => {
  const lines: string[] = [];
  const output = new RunOutput({ onLine: (line) => void lines.push(line) });
  for (let at = 0; at < 300; at++) output.add(Buffer.from(`${String(at).padEnd(10_000, '.')}\n`));
  expect(lines.at(-1)).toBe('[more output than 2 MiB: the rest is left out]');
  expect(lines).toHaveLength(210);
  expect(output.recent.at(-1)).toMatch(/^299/);
});
