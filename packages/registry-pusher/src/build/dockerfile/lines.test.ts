import { expect, test } from 'vitest';
import { logicalLines } from './lines.ts';

const texts = (text: string) => logicalLines(text).lines.map(({ line, text: joined }) => [line, joined]);

test('joins continued lines and keeps the line on which an instruction begins', () => {
  expect(texts('FROM a\n\nENV A=1 \\\n    B=2 \\  \n C=3\nUSER x\n')).toEqual([
    [1, 'FROM a'],
    [3, 'ENV A=1     B=2  C=3'],
    [6, 'USER x'],
  ]);
});

test('leaves out comments, those between continued lines too', () => {
  expect(texts('# one\nFROM a\n  # two\nCMD a \\\n  # three\n  b\n')).toEqual([
    [2, 'FROM a'],
    [4, 'CMD a   b'],
  ]);
});

test('warns of an empty line inside a continued instruction, and goes on', () => {
  const { lines, warnings } = logicalLines('FROM a\nENV A=1 \\\n\n  B=2\n');
  expect(lines[1]!.text).toBe('ENV A=1   B=2');
  expect(warnings).toEqual(['Dockerfile line 3: an empty line inside a continued instruction.']);
});

test('an escaped escape at the end of a line continues nothing', () => {
  expect(texts('FROM a\nCMD a \\\\\nUSER b\n')).toEqual([
    [1, 'FROM a'],
    [2, 'CMD a \\\\'],
    [3, 'USER b'],
  ]);
});

test('a continuation at the end of the file ends with it', () => {
  expect(texts('FROM a\nCMD a \\')).toEqual([
    [1, 'FROM a'],
    [2, 'CMD a '],
  ]);
});

test('the escape directive chooses the other escape character', () => {
  const { lines, escape } = logicalLines('# escape = `\nFROM a\nCOPY a `\n  c:\\\nUSER b\n');
  expect(escape).toBe('`');
  expect(lines.map(({ text }) => text)).toEqual(['FROM a', 'COPY a   c:\\', 'USER b']);
});

test('directives count above everything else only', () => {
  expect(logicalLines('# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n')).toMatchObject({
    syntax: 'docker/dockerfile:1',
    escape: '`',
  });
  expect(logicalLines('# a comment\n# escape=`\nFROM a\n').escape).toBe('\\');
  expect(logicalLines('\n# escape=`\nFROM a\n').escape).toBe('\\');
  expect(logicalLines('# other=x\n# escape=`\nFROM a\n').escape).toBe('\\');
});

test('a directive that is given twice or takes no such value is refused with its line', () => {
  expect(() => logicalLines('# escape=\\\n# escape=`\nFROM a\n')).toThrow('Dockerfile line 2: only one escape');
  expect(() => logicalLines('# escape=x\nFROM a\n')).toThrow('Dockerfile line 1: the escape directive takes');
});

test('a byte order mark and carriage returns count for nothing', () => {
  expect(texts('\uFEFFFROM a\r\nENV A=1 \\\r\n  B=2\r\n')).toEqual([
    [1, 'FROM a'],
    [2, 'ENV A=1   B=2'],
  ]);
});

test('the body of a heredoc is no instruction', () => {
  const { lines } = logicalLines(
    'FROM a\nRUN <<EOF cat\nUSER no\nEOF\nCOPY <<-"A" <<B /x/\n\tone\n\tA\ntwo\nB\nUSER yes\n',
  );
  expect(lines.map(({ text, heredocs }) => [text, heredocs])).toEqual([
    ['FROM a', []],
    ['RUN <<EOF cat', ['EOF']],
    ['COPY <<-"A" <<B /x/', ['A', 'B']],
    ['USER yes', []],
  ]);
});

test('what looks like a heredoc in a JSON array is none', () => {
  expect(texts('FROM a\nRUN ["cat", "<<EOF"]\nUSER x\n')).toHaveLength(3);
});
