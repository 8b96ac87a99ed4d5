import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const component = read('templates/pipeline.yml');
const plain = read('.gitlab/pipeline.yml');

type Jobs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const jobs = parseAllDocuments(plain)[1]?.toJS() as Jobs;

test('the component is the plain file, and knows its version', () => {
  const lines = component.split('\n').filter((line) => !plain.split('\n').includes(line));
  expect(lines.filter((line) => !line.trimStart().startsWith('#'))).toEqual([
    '  component: [version]',
    '    TOZO_COMPONENT_VERSION: $[[ component.version ]]',
  ]);
  expect(plain.split('\n').filter((line) => !component.split('\n').includes(line))).toEqual([]);
});

test('the jobs with the API key inherit nothing, have no cache, and pass nothing on by dotenv (fault 128, gitlab)', () => {
  expect(jobs['.tozo-tool']).toMatchObject({ inherit: { default: false }, cache: [] });
  for (const name of ['.tozo-deploy', '.tozo-promote', '.tozo-rollback'])
    expect(jobs[name]).toEqual({ extends: '.tozo-tool', script: expect.any(Array) });
  expect(plain).not.toContain('dotenv');
  expect(plain).not.toContain('docker:');
});

test('lint-test ends before it installs anything if it sees the API key', () => {
  const [first] = jobs['lint-test']!['before_script'] as string[];
  expect(first).toMatch(/HEROKU_API_KEY[^]*exit 1/);
});
