import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

test.each([
  [[], 'Say push, inspect or diff. See registry-pusher --help.'],
  [['deploy'], '"deploy" is no command'],
  [['push'], 'REFERENCE is missing'],
  [['diff', 'a'], 'B is missing'],
  [['inspect', 'a', 'b'], 'What is "b"?'],
  [['push', 'a', '--force'], "Unknown option '--force'"],
  [['inspect', 'a', '--tag', 'b'], "Unknown option '--tag'"],
  [['push', 'a', '--oci', '--docker'], 'exclude each other'],
  [['push', 'a', '--builder', 'kaniko'], '--builder is "kaniko"; it is one of auto, direct, docker.'],
  [['push', 'a', '--tag', 'a:b'], '"a:b" is not a tag'],
  [['push', `a@sha256:${'0'.repeat(64)}`], 'not a digest'],
  [['push', 'a', '--username', 'me'], 'belong together'],
  [['push', 'a', '--password-stdin'], 'belong together'],
  [['push', 'a', '--platform', 'linux/arm64'], 'Dockerfiles are built for linux/amd64'],
  [['inspect', 'a', '--platform', 'amd64'], '"amd64" is no platform'],
])('%j is refused', (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});

test('options may stand anywhere, some repeatedly, and have defaults', () => {
  const argv = ['push', '--tag', 'v1', 'node', '--build-arg', 'A=1', '--build-arg=B', '--tag=v2', '--oci'];
  expect(parseCommandLine(argv)).toEqual({
    command: 'push',
    target: { registry: 'docker.io', repository: 'library/node', tag: 'latest' },
    tags: ['v1', 'v2'],
    context: '.',
    dockerfile: undefined,
    buildArgs: ['A=1', 'B'],
    stage: undefined,
    builder: 'auto',
    network: undefined,
    reuseFrom: undefined,
    revision: undefined,
    format: 'oci',
    verifyReuse: false,
    pin: false,
    cacheDir: undefined,
    secrets: [],
    platform: 'linux/amd64',
    username: undefined,
  });
});
