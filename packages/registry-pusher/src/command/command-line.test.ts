import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

test.each([
  [[], 'Missing command: use push, build, inspect or diff. See registry-pusher --help.'],
  [['deploy'], 'Unknown command "deploy"'],
  [['push'], 'Missing argument REFERENCE'],
  [['diff', 'a'], 'Missing argument B'],
  [['inspect', 'a', 'b'], 'Unexpected argument "b": pass only REFERENCE.'],
  [['push', 'a', '--force'], "Unknown option '--force'. See registry-pusher --help."],
  [['inspect', 'a', '--tag', 'b'], "Unknown option '--tag'"],
  [['push', 'a', '--oci', '--docker'], 'pass only one'],
  [['push', 'a', '--builder', 'kaniko'], 'Invalid --builder "kaniko": use one of auto, direct, docker.'],
  [['push', 'a', '--tag', 'a:b'], '"a:b" isn\'t a valid tag'],
  [['push', `a@sha256:${'0'.repeat(64)}`], "Can't push to a digest"],
  [['push', 'a', '--username', 'me'], 'Pass --username and --password-stdin together'],
  [['push', 'a', '--password-stdin'], 'Pass --username and --password-stdin together'],
  [['push', 'a', '--platform', 'linux/arm64'], "Can't build a Dockerfile for linux/arm64, only for linux/amd64"],
  [['inspect', 'a', '--platform', 'amd64'], 'Invalid --platform "amd64"'],
])('rejects %j', (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});

test('accepts options anywhere, some repeatedly, and fills in defaults', () => {
  const argv = ['push', '--tag', 'v1', 'node', '--build-arg', 'A=1', '--build-arg=B', '--tag=v2', '--oci'];
  expect(parseCommandLine(argv)).toEqual({
    command: 'push',
    target: { registry: 'docker.io', repository: 'library/node', tag: 'latest' },
    tags: ['v1', 'v2'],
    context: '.',
    dockerfile: undefined,
    buildArgs: ['A=1', 'B'],
    buildContexts: [],
    from: undefined,
    stage: undefined,
    builder: 'auto',
    network: undefined,
    reuseFrom: undefined,
    isTargetGiven: true,
    revision: undefined,
    runTimeout: 3_600_000,
    format: 'oci',
    verifyReuse: false,
    pin: false,
    cacheDir: undefined,
    secrets: [],
    cache: { from: [], to: undefined, runMaxAge: 1_209_600, isOff: false },
    platform: 'linux/amd64',
    username: undefined,
  });
});
