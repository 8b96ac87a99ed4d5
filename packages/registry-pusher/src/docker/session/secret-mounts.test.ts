import { expect, test } from 'vitest';
import { parseDockerfile } from '../../build/dockerfile/parse.ts';
import { checkMounts, secretMounts } from './secret-mounts.ts';

const mountsIn = (run: string) => secretMounts(parseDockerfile(`FROM base\nRUN ${run}\n`));

test.for([
  ['--mount=type=secret,id=a make', { id: 'a', required: false }],
  ['--mount=id=a,type=secret,required make', { id: 'a', required: true }],
  ['--mount=type=secret,id=a,required=false make', { id: 'a', required: false }],
  ['--mount=type=secret,"id=a",required=true make', { id: 'a', required: true }],
  ['--network=none --mount=type=secret,target=/run/secrets/a make', { id: 'a', required: false }],
  ['--mount=type=secret,dst=/x/b make', { id: 'b', required: false }],
] as const)('finds the secret mount in RUN %s', ([run, mount]) => {
  expect(mountsIn(run)).toEqual([{ line: 2, ...mount }]);
});

test.for([
  'make --mount=type=secret,id=a',
  '--mount=type=cache,target=/x make',
  '--mount=type=bind,source=secret make',
])('finds no secret mount in RUN %s', (run) => {
  expect(mountsIn(run)).toEqual([]);
});

test('matches any secret with an ID that contains a variable', () => {
  const dockerfile = parseDockerfile('FROM base\nARG NAME\nRUN --mount=type=secret,id=$NAME,required make\n');

  expect(checkMounts(dockerfile, {})).toEqual([]);
  expect(checkMounts(dockerfile, { a: 'x' })).toEqual([]);
});
