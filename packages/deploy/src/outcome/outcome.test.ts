import { expect, test } from 'vitest';
import { exitCodeOf } from './outcome.ts';

test.each([
  'CONFIG_MISSING',
  'CONFIG_INVALID',
  'ENVIRONMENT_INVALID',
  'ENVIRONMENT_UNKNOWN',
  'STATE_UNUSABLE',
  'OPTIONS_INVALID',
  'REFERENCE_INVALID',
  'DOCKERFILE_MISSING',
  'DOCKERFILE_INVALID',
  'INSTRUCTION_UNSUPPORTED',
  'RUN_REFUSED',
  'CONTEXT_INVALID',
  'COPY_SOURCE_MISSING',
  'COPY_SOURCE_OUTSIDE',
  'FILE_REFUSED',
  'NATIVE_CODE_MISMATCH',
  'BASE_NOT_FOUND',
  'PLATFORM_MISSING',
  'LOCK_INVALID',
  'ENGINE_UNAVAILABLE',
  'CREDENTIALS_UNUSABLE',
  'HOST_REFUSED',
])('the exit code of %s is 2: something in the configuration', (code) => {
  expect(exitCodeOf('failed', code)).toBe(2);
  expect(exitCodeOf('broken', code), 'of what runs, whatever the cause').toBe(4);
});

test.each(['RELEASE_FAILED', 'UNREACHABLE', ''])('the exit code of %s is 1', (code) => {
  expect(exitCodeOf('failed', code)).toBe(1);
});

test('the exit code of a refused, older commit is 75, of a plan 0', () => {
  expect([exitCodeOf('outdated', 'OUTDATED'), exitCodeOf('planned')]).toEqual([75, 0]);
});
