import { expect, test } from 'vitest';
import { isFor, platformName } from './platform.ts';

test.each([
  ['linux/amd64', { os: 'linux', architecture: 'amd64' }, true],
  ['linux/amd64', { os: 'linux', architecture: 'amd64', variant: 'v3' }, true],
  ['linux/amd64', { os: 'windows', architecture: 'amd64' }, false],
  ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }, true],
  ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v6' }, false],
  ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v6' }, true],
] as const)('for %s, %j: %s', (platform, fields, expected) => {
  expect(isFor(platform, fields)).toBe(expected);
});

test('a platform is named with its variant', () => {
  expect(platformName({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe('linux/arm/v7');
  expect(platformName({ os: 'linux', architecture: 'amd64', variant: '' })).toBe('linux/amd64');
});
