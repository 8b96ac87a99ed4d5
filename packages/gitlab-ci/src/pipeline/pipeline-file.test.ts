import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { app } from '../testing/app.ts';
import { createPipeline } from './create-pipeline.ts';
import { formatPipeline, isPipelineFile, readPipelineOptions } from './pipeline-file.ts';

const shop = app('shop');

test('writes YAML that says what wrote it', () => {
  const text = formatPipeline(createPipeline([shop]), {});
  expect(text).toMatch(/^# Written by: tozo ci pipeline\n# Don't edit it\./);
  expect(text).toContain('\n\ndeploy shop:\n  extends: .tozo-deploy\n');
  expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true);
  const { stages, jobs } = createPipeline([shop]);
  expect(parse(text)).toEqual({ stages, ...jobs });
});

test('keeps the options in the first line', () => {
  const options = fc.record(
    { single: fc.constant(true), toolJob: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(options, (given) => {
      expect(readPipelineOptions(formatPipeline(createPipeline([], given), given))).toEqual(given);
    }),
  );
});

test.each(['', 'stages: [deploy]\n', '# Written by: someone --single\n'])('finds no options in %j', (text) => {
  expect(readPipelineOptions(text)).toEqual({});
});

test('keeps the name of a job with spaces', () => {
  for (const given of [
    { toolJob: 'build tool' },
    { single: true, toolJob: 'a --single b' },
    { toolJob: 'a --single b' },
  ])
    expect(readPipelineOptions(formatPipeline(createPipeline([], given), given))).toEqual(given);
});

test.each([
  ['# Written by: tozo ci pipeline\n', true],
  ['# Written by: tozo ci pipeline --single\nstages: []\n', true],
  ['# Written by: tozo ci pipelines\n', false],
  ['stages: []\n# Written by: tozo ci pipeline\n', false],
  ['', false],
])('recognizes what the command wrote: %j', (text, expected) => {
  expect(isPipelineFile(text)).toBe(expected);
});
