import { expect, test } from 'vitest';
import { parseDockerfile } from './parse.ts';
import { resolveCopyFrom, planStages } from './stages.ts';

const plan = (text: string, options: Parameters<typeof planStages>[1] = {}) =>
  planStages(parseDockerfile(text), options);
const base = (text: string, buildArgs = {}) => plan(text, { buildArgs }).target.base;

test('FROM is expanded with the ARGs before it and the build args', () => {
  expect(base('ARG V=20\nFROM node:${V}-slim')).toMatchObject({
    reference: { repository: 'library/node', tag: '20-slim' },
  });
  expect(base('ARG V\nFROM node:${V:-18}', { V: '22' })).toMatchObject({ reference: { tag: '22' } });
  expect(base('FROM scratch')).toEqual({ kind: 'scratch' });
  expect(() => base('ARG V\nFROM $V')).toThrow('Dockerfile line 2: "$V" is empty');
  expect(() => base('FROM --platform=linux/arm64 a')).toThrow("--platform=linux/arm64 isn't supported");
  expect(() => base('FROM Node:20')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
});

test('FROM resolves to the last earlier stage with that name, otherwise to an image', () => {
  expect(base('FROM a AS Node\nFROM node')).toEqual({ kind: 'stage', index: 0 });
  expect(base('FROM a AS node\nFROM NODE')).toEqual({ kind: 'stage', index: 0 });
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

test('a target needs the stages that it builds on and copies from, and no others', () => {
  const { needed, chain } = plan(several);
  expect(needed.map(({ index }) => index)).toEqual([0, 1, 3]);
  expect(chain.map(({ index }) => index)).toEqual([1, 3]);
  expect(plan(several, { target: 'THREE' }).needed.map(({ index }) => index)).toEqual([2]);
});

test('an unneeded stage may use another platform', () => {
  expect(plan('FROM --platform=linux/arm64 a AS arm\nFROM b').needed).toHaveLength(1);
});

test('rejects an unknown target and lists the stages', () => {
  expect(() => plan(several, { target: 'five' })).toThrow('there is no stage five. Use one of one, two, three, four.');
  expect(() => plan('FROM a', { target: 'x' })).toThrow('Name one with FROM');
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
  return copy?.keyword === 'COPY' ? resolveCopyFrom(copy, here, stages) : undefined;
}

test('COPY --from resolves to a stage by number or name, otherwise to an image', () => {
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
  ['2', "isn't an earlier stage"],
  ['here', "isn't an earlier stage"],
  ['later', "isn't an earlier stage"],
  ['7', "isn't an earlier stage"],
  ['-1', "isn't an earlier stage"],
  ['$X', "can't contain variables"],
])('rejects COPY --from=%s with its line', (value, why) => {
  expect(() => from(value)).toThrow('Dockerfile line 4: --from');
  expect(() => from(value)).toThrow(why);
});
