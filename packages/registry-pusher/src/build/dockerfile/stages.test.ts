import { expect, test } from 'vitest';
import { parseDockerfile } from './parse.ts';
import { copyFrom, planStages } from './stages.ts';

const plan = (text: string, options: Parameters<typeof planStages>[1] = {}) =>
  planStages(parseDockerfile(text), options);
const base = (text: string, buildArgs = {}) => plan(text, { buildArgs }).target.base;

test('FROM is expanded by the ARGs above it and the build args', () => {
  expect(base('ARG V=20\nFROM node:${V}-slim')).toMatchObject({
    reference: { repository: 'library/node', tag: '20-slim' },
  });
  expect(base('ARG V\nFROM node:${V:-18}', { V: '22' })).toMatchObject({ reference: { tag: '22' } });
  expect(base('FROM scratch')).toEqual({ kind: 'scratch' });
  expect(() => base('ARG V\nFROM $V')).toThrow('Dockerfile line 2: "$V" is empty');
  expect(() => base('FROM --platform=linux/arm64 a')).toThrow('--platform=linux/arm64 is asked for');
  expect(() => base('FROM Node:20')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
});

test('FROM means a stage above it by its name, the last one of that name, else an image', () => {
  expect(base('FROM a AS Node\nFROM node')).toEqual({ kind: 'stage', index: 0 });
  expect(base('FROM node AS node')).toMatchObject({ kind: 'image' });
  expect(base('FROM a AS x\nFROM b AS x\nFROM x')).toEqual({ kind: 'stage', index: 1 });
  expect(base('ARG WHICH=x\nFROM a AS x\nFROM $WHICH')).toEqual({ kind: 'stage', index: 0 });
  expect(base('FROM a\nFROM 0')).toMatchObject({ reference: { repository: 'library/0' } });
});

const several = `FROM a AS one
FROM b AS two
COPY --from=one /x /x
FROM c AS three
FROM two AS four
COPY --from=ghcr.io/x/y:1 /z /z
`;

test('a target needs what it stands on and copies from, and no other stage', () => {
  const { needed, chain } = plan(several);
  expect(needed.map(({ index }) => index)).toEqual([0, 1, 3]);
  expect(chain.map(({ index }) => index)).toEqual([1, 3]);
  expect(plan(several, { target: 'THREE' }).needed.map(({ index }) => index)).toEqual([2]);
});

test('a stage that is not needed may be for another platform', () => {
  expect(plan('FROM --platform=linux/arm64 a AS arm\nFROM b').needed).toHaveLength(1);
});

test('a target that is no stage is told with those there are', () => {
  expect(() => plan(several, { target: 'five' })).toThrow(
    'no stage is called five. Its stages are one, two, three, four.',
  );
  expect(() => plan('FROM a', { target: 'x' })).toThrow('None has a name');
});

function from(value: string) {
  const { stages, target } = plan(
    `FROM a AS one\nFROM b\nFROM c AS here\nCOPY --from=${value} /x /x\nFROM d AS later\n`,
    {
      target: 'one',
    },
  );
  expect(target.index).toBe(0);
  const here = stages[2]!;
  const [copy] = here.instructions;
  return copy?.keyword === 'COPY' ? copyFrom(copy, here, stages) : undefined;
}

test('COPY --from means a stage by number or name, else an image', () => {
  expect(from('0')).toEqual({ kind: 'stage', index: 0 });
  expect(from('1')).toEqual({ kind: 'stage', index: 1 });
  expect(from('One')).toEqual({ kind: 'stage', index: 0 });
  expect(from('nginx')).toMatchObject({
    kind: 'image',
    reference: { registry: 'docker.io', repository: 'library/nginx' },
  });
  expect(from('ghcr.io/a/b@sha256:'.padEnd(83, '0'))).toMatchObject({ reference: { registry: 'ghcr.io' } });
});

test.each([
  ['2', 'is not a stage above it'],
  ['here', 'is not a stage above it'],
  ['later', 'is not a stage above it'],
  ['7', 'is not a stage above it'],
  ['-1', 'is not a stage above it'],
  ['$X', 'takes no variables'],
])('COPY --from=%s is refused with its line', (value, why) => {
  expect(() => from(value)).toThrow('Dockerfile line 4: --from');
  expect(() => from(value)).toThrow(why);
});
