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
  ['the classic builder tells the instruction alone', 'RUN make', 8],
  ['a stage is told by its name', '[build 4/4] RUN npm ci &&     npm test', 5],
  ['or by its number', '[stage-1 2/4] RUN make', 8],
  ['the same text in another stage is another line', '[stage-1 4/4] RUN npm ci && npm test', 10],
  ['with its variables expanded it is counted', '[build 3/4] COPY src/20 /app', 4],
  ['so is FROM', '[build 1/4] FROM docker.io/library/node:20@sha256:1', 2],
] as const)('%s', ([, step, line]) => {
  expect(lineOfStep(stages, step)).toBe(line);
});

test('a step that no instruction is like has no line', () => {
  for (const step of ['exporting to image', 'RUN npm ci && npm test', '[build 3/4] RUN other', '[9/9] RUN other', ''])
    expect(lineOfStep(stages, step)).toBeUndefined();
});
