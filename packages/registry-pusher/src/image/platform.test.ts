import { expect, test } from 'vitest';
import { matchesPlatform, platformName } from './platform.ts';

test.each([
  ['linux/amd64', { os: 'linux', architecture: 'amd64' }, true],
  ['linux/amd64', { os: 'linux', architecture: 'amd64', variant: 'v3' }, true],
  ['linux/amd64', { os: 'windows', architecture: 'amd64' }, false],
  ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }, true],
  ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v6' }, false],
  ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v6' }, true],
] as const)('%s matches %j: %s', (platform, fields, expected) => {
  expect(matchesPlatform(platform, fields)).toBe(expected);
});

test('names a platform with its variant', () => {
  expect(platformName({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe('linux/arm/v7');
  expect(platformName({ os: 'linux', architecture: 'amd64', variant: '' })).toBe('linux/amd64');
});
