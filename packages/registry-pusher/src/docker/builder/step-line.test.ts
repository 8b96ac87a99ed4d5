import { expect, test } from 'vitest';
import { parseDockerfile } from '../../build/dockerfile/parse.ts';
import { lineOfStep } from './step-line.ts';

const stages = parseDockerfile(`ARG TAG=20
FROM node:$TAG AS build
WORKDIR /app
COPY src/$TAG /app
RUN npm ci && \\
    npm test
FROM node:20
RUN make
COPY --from=build /app /app
RUN npm ci && npm test
`);

test.for([
  ['a step of the classic builder', 'RUN make', 8],
  ['a step of a named stage', '[build 4/4] RUN npm ci &&     npm test', 5],
  ['a step of a numbered stage', '[stage-1 2/4] RUN make', 8],
  ['the same instruction in another stage', '[stage-1 4/4] RUN npm ci && npm test', 10],
  ['an instruction with expanded variables, by its number', '[build 3/4] COPY src/20 /app', 4],
  ['FROM, by its number', '[build 1/4] FROM docker.io/library/node:20@sha256:1', 2],
] as const)('finds the line of %s', ([, step, line]) => {
  expect(lineOfStep(stages, step)).toBe(line);
});

test('returns undefined for a step without an instruction', () => {
  for (const step of ['exporting to image', 'RUN npm ci && npm test', '[build 3/4] RUN other', '[9/9] RUN other', ''])
    expect(lineOfStep(stages, step)).toBeUndefined();
});
