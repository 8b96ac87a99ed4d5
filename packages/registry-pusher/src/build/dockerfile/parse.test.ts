import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDockerfile } from './parse.ts';

const parse = (...lines: string[]) => parseDockerfile(['FROM a', ...lines].join('\n')).instructions.slice(1);
const parsed = (line: string) => {
  const { line: _, text: __, ...rest } = parse(line)[0]!;
  return rest;
};

test('keywords are the same in lower case', () => {
  expect(parsed('workdir /app')).toEqual({ keyword: 'WORKDIR', value: '/app' });
});

test('each instruction carries its line and its text on one line', () => {
  expect(parse('# about', 'LABEL a=1 \\', '  b=2')[0]).toMatchObject({ line: 3, text: 'LABEL a=1   b=2' });
});

test('FROM takes a platform, an image and a name', () => {
  const [from] = parseDockerfile('FROM --platform=linux/amd64 node:20 AS Build').instructions;
  expect(from).toMatchObject({ keyword: 'FROM', image: 'node:20', platform: 'linux/amd64', name: 'build' });
  expect(() => parseDockerfile('FROM a b')).toThrow('FROM takes an image');
  expect(() => parseDockerfile('FROM a AS 1b')).toThrow('is not a name for a stage');
});

test.each([
  [
    'ENV A=1 B="x y" C=a\\ b',
    [
      ['A', '1'],
      ['B', '"x y"'],
      ['C', 'a\\ b'],
    ],
  ],
  [
    'ENV A=\'it\'\'s\' B="say \\"hi\\""',
    [
      ['A', "'it''s'"],
      ['B', '"say \\"hi\\""'],
    ],
  ],
  ['ENV A hello  world "x"', [['A', 'hello  world "x"']]],
  ['ENV A=', [['A', '']]],
  ['ENV A=b=c', [['A', 'b=c']]],
])('%s', (line, pairs) => {
  expect(parsed(line)).toEqual({ keyword: 'ENV', pairs: pairs.map(([name, value]) => ({ name, value })) });
});

test.each([
  ['COPY a b /c/', ['a', 'b'], '/c/'],
  ['COPY ["a b", "c\\u0041", "/d e/"]', ['a b', 'cA'], '/d e/'],
  ['COPY [a, b]', ['[a,'], 'b]'],
  ['COPY --chown=1:2 --chmod=755 a b', ['a'], 'b'],
])('%s', (line, sources, destination) => {
  expect(parsed(line)).toMatchObject({ keyword: 'COPY', sources, destination });
});

test('flags stop at the first word that is none', () => {
  const copy = parsed('COPY --chown="a b" --link --exclude=*.md --exclude=x -- --a /b');
  expect(copy).toMatchObject({ sources: ['--a'], destination: '/b', excludes: ['*.md', 'x'] });
  expect(Object.fromEntries((copy as unknown as { flags: Map<string, string> }).flags)).toEqual({
    chown: 'a b',
    link: 'true',
  });
});

test.each([
  ['CMD node main.js', { form: 'shell', line: 'node main.js' }],
  ['CMD ["node", "main.js"]', { form: 'exec', words: ['node', 'main.js'] }],
  ['CMD [ "a\\n", "♥" ]', { form: 'exec', words: ['a\n', '♥'] }],
  ['CMD ["a" "b"]', { form: 'shell', line: '["a" "b"]' }],
  ["CMD ['a']", { form: 'shell', line: "['a']" }],
  ['CMD []', { form: 'exec', words: [] }],
  ['CMD', { form: 'shell', line: '' }],
])('%s', (line, command) => {
  expect(parsed(line)).toEqual({ keyword: 'CMD', command });
});

test('a health check keeps its durations in nanoseconds', () => {
  expect(parsed('HEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 CMD curl -f http://localhost/')).toEqual({
    keyword: 'HEALTHCHECK',
    healthcheck: { Test: ['CMD-SHELL', 'curl -f http://localhost/'], Interval: 90e9, Timeout: 1.5e9, Retries: 3 },
  });
  expect(parsed('HEALTHCHECK CMD ["a"]')).toMatchObject({ healthcheck: { Test: ['CMD', 'a'] } });
  expect(parsed('HEALTHCHECK NONE')).toMatchObject({ healthcheck: { Test: ['NONE'] } });
});

test.each([
  ['ENV A', 'ENV needs a name and a value'],
  ['ENV', 'ENV needs at least one argument'],
  ['ENV A=1 B', '"B" in ENV is not of the form name=value'],
  ['ENV =1', 'a name in ENV is empty'],
  ['ARG =1', 'a name in ARG is empty'],
  ['COPY a', 'COPY needs a source and a destination'],
  ['COPY --form=x a b', 'COPY has no flag --form'],
  ['COPY --chown a b', '--chown needs a value'],
  ['COPY --chown=1 --chown=2 a b', '--chown is given twice'],
  ['COPY --link=maybe a b', '--link is true or false'],
  ['CMD ["a", 1]', 'a JSON array may hold strings only'],
  ['SHELL /bin/bash -c', 'SHELL takes a JSON array'],
  ['WORKDIR', 'WORKDIR needs a value'],
  ['HEALTHCHECK --interval=1x CMD a', 'is not a duration'],
  ['HEALTHCHECK --interval=1us CMD a', 'is less than 1ms'],
  ['HEALTHCHECK --retries=-1 CMD a', 'is not a number'],
  ['HEALTHCHECK NONE a', 'takes no arguments'],
  ['HEALTHCHECK a', 'takes NONE, or CMD'],
  ['INSTALL x', '"INSTALL" is not an instruction'],
])('refuses %s with the line and what is wrong', (line, what) => {
  expect(() => parse('USER x', line)).toThrow(
    expect.objectContaining({ code: 'DOCKERFILE_INVALID', message: expect.stringContaining(what) as string }),
  );
  expect(() => parse('USER x', line)).toThrow('Dockerfile line 3: ');
});

test('a file without instructions, or without FROM before others, is refused', () => {
  expect(() => parseDockerfile('')).toThrow('holds no instruction');
  expect(() => parseDockerfile('# only a comment\n')).toThrow('holds no instruction');
  expect(() => parseDockerfile('ARG A=1\nUSER x\nFROM a')).toThrow('Dockerfile line 2: there is no FROM above it');
  expect(() => parseDockerfile('ARG A=1')).toThrow('there is no FROM');
});

test('any text is parsed or refused with the one error, and quickly', () => {
  const words = fc.constantFrom(
    'FROM',
    'ENV',
    'COPY',
    'RUN',
    '"',
    "'",
    '\\',
    '\n',
    ' ',
    '=',
    '[',
    ']',
    '<<A',
    '--x',
    '#',
    '$',
    '`',
    'a',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 60 }), (parts) => {
      try {
        parseDockerfile(parts.join(''));
      } catch (error) {
        expect(error).toMatchObject({ code: 'DOCKERFILE_INVALID' });
      }
    }),
  );
});
