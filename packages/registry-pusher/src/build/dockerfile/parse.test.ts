import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDockerfile } from './parse.ts';

const parse = (...lines: string[]) => parseDockerfile(['FROM a', ...lines].join('\n')).instructions.slice(1);
const parsed = (line: string) => {
  const { line: _, text: __, ...rest } = parse(line)[0]!;
  return rest;
};

test('keywords are case-insensitive', () => {
  expect(parsed('workdir /app')).toEqual({ keyword: 'WORKDIR', value: '/app' });
});

test('each instruction has its line and its text on one line', () => {
  expect(parse('# about', 'LABEL a=1 \\', '  b=2')[0]).toMatchObject({ line: 3, text: 'LABEL a=1   b=2' });
});

test('FROM accepts a platform, an image and a name', () => {
  const [from] = parseDockerfile('FROM --platform=linux/amd64 node:20 AS Build').instructions;
  expect(from).toMatchObject({ keyword: 'FROM', image: 'node:20', platform: 'linux/amd64', name: 'build' });
  expect(() => parseDockerfile('FROM a b')).toThrow('FROM needs an image');
  expect(() => parseDockerfile('FROM a AS 1b')).toThrow("isn't a stage name");
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

test('flags end at the first other word', () => {
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

test('stores health check durations in nanoseconds', () => {
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
  ['ENV A=1 B', '"B" in ENV isn\'t in the form name=value'],
  ['ENV =1', 'a name in ENV is empty'],
  ['ARG =1', 'a name in ARG is empty'],
  ['COPY a', 'COPY needs a source and a destination'],
  ['COPY --form=x a b', 'COPY has no flag --form'],
  ['COPY --chown a b', '--chown needs a value'],
  ['COPY --chown=1 --chown=2 a b', '--chown is specified twice'],
  ['COPY --link=maybe a b', '--link must be true or false'],
  ['CMD ["a", 1]', 'a JSON array may contain only strings'],
  ['SHELL /bin/bash -c', 'SHELL needs a JSON array'],
  ['WORKDIR', 'WORKDIR needs a value'],
  ['HEALTHCHECK --interval=1x CMD a', "isn't a duration"],
  ['HEALTHCHECK --interval=1us CMD a', 'is below the minimum of 1ms'],
  ['HEALTHCHECK --retries=-1 CMD a', 'must be an integer'],
  ['HEALTHCHECK NONE a', 'accepts no arguments'],
  ['HEALTHCHECK a', 'needs NONE, or CMD'],
  ['INSTALL x', '"INSTALL" isn\'t a Dockerfile instruction'],
])('rejects %s with the line and the reason', (line, what) => {
  expect(() => parse('USER x', line)).toThrow(
    expect.objectContaining({ code: 'DOCKERFILE_INVALID', message: expect.stringContaining(what) as string }),
  );
  expect(() => parse('USER x', line)).toThrow('Dockerfile line 3: ');
});

test('rejects a file without instructions, or with others before FROM', () => {
  expect(() => parseDockerfile('')).toThrow('contains no instructions');
  expect(() => parseDockerfile('# only a comment\n')).toThrow('contains no instructions');
  expect(() => parseDockerfile('ARG A=1\nUSER x\nFROM a')).toThrow('Dockerfile line 2: there is no FROM before it');
  expect(() => parseDockerfile('ARG A=1')).toThrow('there is no FROM');
});

test('parses or rejects any text quickly', () => {
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
