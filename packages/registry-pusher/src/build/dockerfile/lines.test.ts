import { expect, test } from 'vitest';
import { parseLogicalLines } from './lines.ts';

const texts = (text: string) => parseLogicalLines(text).lines.map(({ line, text: joined }) => [line, joined]);

test('joins continued lines and keeps the line where an instruction starts', () => {
  expect(texts('FROM a\n\nENV A=1 \\\n    B=2 \\  \n C=3\nUSER x\n')).toEqual([
    [1, 'FROM a'],
    [3, 'ENV A=1     B=2  C=3'],
    [6, 'USER x'],
  ]);
});

test('removes comments, even between continued lines', () => {
  expect(texts('# one\nFROM a\n  # two\nCMD a \\\n  # three\n  b\n')).toEqual([
    [2, 'FROM a'],
    [4, 'CMD a   b'],
  ]);
});

test('warns about an empty line inside a continued instruction, and continues', () => {
  const { lines, warnings } = parseLogicalLines('FROM a\nENV A=1 \\\n\n  B=2\n');
  expect(lines[1]!.text).toBe('ENV A=1   B=2');
  expect(warnings).toEqual(['Dockerfile line 3: an empty line inside a continued instruction.']);
});

test('an escaped escape character doesn’t continue the line', () => {
  expect(texts('FROM a\nCMD a \\\\\nUSER b\n')).toEqual([
    [1, 'FROM a'],
    [2, 'CMD a \\\\'],
    [3, 'USER b'],
  ]);
});

test('a continuation at the end of the file ends there', () => {
  expect(texts('FROM a\nCMD a \\')).toEqual([
    [1, 'FROM a'],
    [2, 'CMD a '],
  ]);
});

test('the escape directive chooses the other escape character', () => {
  const { lines, escape } = parseLogicalLines('# escape = `\nFROM a\nCOPY a `\n  c:\\\nUSER b\n');
  expect(escape).toBe('`');
  expect(lines.map(({ text }) => text)).toEqual(['FROM a', 'COPY a   c:\\', 'USER b']);
});

test('recognizes directives only at the top', () => {
  expect(parseLogicalLines('# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n')).toMatchObject({
    syntax: 'docker/dockerfile:1',
    escape: '`',
  });
  expect(parseLogicalLines('# a comment\n# escape=`\nFROM a\n').escape).toBe('\\');
  expect(parseLogicalLines('\n# escape=`\nFROM a\n').escape).toBe('\\');
  expect(parseLogicalLines('# other=x\n# escape=`\nFROM a\n').escape).toBe('\\');
});

test('rejects a repeated or invalid directive with its line', () => {
  expect(() => parseLogicalLines('# escape=\\\n# escape=`\nFROM a\n')).toThrow('Dockerfile line 2: only one escape');
  expect(() => parseLogicalLines('# escape=x\nFROM a\n')).toThrow('Dockerfile line 1: the escape directive must be');
});

test('ignores a byte order mark and carriage returns', () => {
  expect(texts('\uFEFFFROM a\r\nENV A=1 \\\r\n  B=2\r\n')).toEqual([
    [1, 'FROM a'],
    [2, 'ENV A=1   B=2'],
  ]);
});

test('doesn’t read a heredoc’s body as instructions', () => {
  const { lines } = parseLogicalLines(
    'FROM a\nRUN <<EOF cat\nUSER no\nEOF\nCOPY <<-"A" <<B /x/\n\tone\n\tA\ntwo\nB\nUSER yes\n',
  );
  expect(lines.map(({ text, heredocs }) => [text, heredocs.map(({ name }) => name)])).toEqual([
    ['FROM a', []],
    ['RUN <<EOF cat', ['EOF']],
    ['COPY <<-"A" <<B /x/', ['A', 'B']],
    ['USER yes', []],
  ]);
});

test('doesn’t recognize heredocs inside a JSON array', () => {
  expect(texts('FROM a\nRUN ["cat", "<<EOF"]\nUSER x\n')).toHaveLength(3);
});
