import { expect, test } from 'vitest';
import { app } from '../testing/app.ts';
import { createPipeline } from './create-pipeline.ts';
import { missingStages, replacedJobs } from './own-pipeline.ts';

const shop = app('shop');

test.each<[string, string[]]>([
  ['', []],
  ['include: x.yml\n', []],
  ['stages: [lint, test]\n', ['lint-test', 'deploy']],
  ['stages: [lint-test, deploy]\njob: { script: !reference [.a, script] }\n', []],
  ['stages: [lint-test]\n', ['deploy']],
  ['stages: deploy\n', []],
  ['[broken', []],
])('finds the stages that %j lacks', (text, expected) => {
  expect(missingStages(text, createPipeline([shop]))).toEqual(expected);
});

test.each<[string, string[]]>([
  ['', []],
  ['test: { script: [true] }\n', []],
  ['deploy shop: { script: [true] }\n', ['deploy shop']],
  ['lint-test: { script: [npm test], services: [postgres], variables: { A: b } }\n', []],
  ['lint-test: { artifacts: { paths: [out] } }\nroll back shop: { stage: test }\n', ['lint-test', 'roll back shop']],
  ['lint-test: { before_script: [npm ci] }\n', ['lint-test']],
  ['.tozo-tool: { before_script: [] }\n.tozo-deploy: { cache: [] }\n', ['.tozo-tool', '.tozo-deploy']],
  ['deploy shop: { services: [postgres], tags: [fast], variables: { A: b } }\n', []],
  ['deploy shop: { variables: { TOZO_APPS: apps/blog } }\n', ['deploy shop']],
  ['[broken', []],
])('finds the jobs that %j replaces', (text, expected) => {
  expect(replacedJobs(text, createPipeline([shop]))).toEqual(expected);
});
