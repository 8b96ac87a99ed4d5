import { expect, test } from 'vitest';
import { type BuildArgs, parseBuild } from './build-args.ts';
import { parseCommandLine } from './command-line.ts';

const parse = (line: string): BuildArgs => parseBuild(line.split(' ').filter((word) => word !== ''));
const shop = { registry: 'registry.example', repository: 'team/shop' };

test('a kaniko job as GitLab’s documentation has it only changes the command', () => {
  const args = parse(
    '--context /builds/team/shop --dockerfile /builds/team/shop/Dockerfile --destination registry.example/team/shop:v1',
  );
  expect(args).toMatchObject({
    destinations: [{ ...shop, tag: 'v1' }],
    push: { context: '/builds/team/shop', dockerfile: '/builds/team/shop/Dockerfile', target: { ...shop, tag: 'v1' } },
    tarPath: undefined,
    digestFile: undefined,
    ignored: [],
  });
  expect(parseCommandLine(['build', '-d', 'registry.example/team/shop:v1'])).toMatchObject({ command: 'build' });
});

test.each<[line: string, expected: object]>([
  [
    '-d registry.example/team/shop -c dir:///src -f Dockerfile.prod',
    { push: { context: '/src', dockerfile: 'Dockerfile.prod' } },
  ],
  [
    '--destination=registry.example/team/shop:a --destination registry.example/team/shop:b',
    { destinations: [{ tag: 'a' }, { tag: 'b' }] },
  ],
  ['-d a --context /src --context-sub-path apps/shop', { push: { context: '/src/apps/shop' } }],
  ['-d a --build-arg A=1 --build-arg=B --target web', { push: { buildArgs: ['A=1', 'B'], stage: 'web' } }],
  ['--no-push', { destinations: [] }],
  ['--no-push=true -d a', { destinations: [] }],
  ['--no-push=false -d a', { destinations: [{ repository: 'library/a' }] }],
  ['--tarPath image.tar --no-push', { tarPath: 'image.tar' }],
  ['--tar-path=image.tar', { tarPath: 'image.tar', destinations: [] }],
  ['-d a --digest-file digest.txt', { digestFile: 'digest.txt' }],
  [
    '-d registry.example/team/shop:v1 --cache',
    { push: { cache: { to: 'registry.example/team/shop/cache', isOff: false } } },
  ],
  ['-d a --cache=true --cache-repo registry.example/c', { push: { cache: { to: 'registry.example/c' } } }],
  ['-d a --cache true --cache-repo registry.example/c', { push: { cache: { to: 'registry.example/c' } } }],
  ['-d a --cache=false --cache-repo registry.example/c', { push: { cache: { to: undefined, isOff: true } } }],
  ['-d a --cache-ttl=24h', { push: { cache: { runMaxAge: 24 * 60 * 60 } } }],
  ['-d a --cache-ttl 6h30m0s', { push: { cache: { runMaxAge: 6.5 * 60 * 60 } } }],
  ['-d a', { push: { cache: { from: [], to: undefined, runMaxAge: 14 * 24 * 60 * 60, isOff: false } } }],
  [
    '-d a --verbosity debug --snapshotMode=redo --use-new-run --cleanup -v info',
    { ignored: ['--verbosity', '--snapshot-mode', '--use-new-run', '--cleanup', '--verbosity'] },
  ],
  [
    '-d a --single-snapshot --compressed-caching=false --push-retry 3',
    { ignored: ['--single-snapshot', '--compressed-caching', '--push-retry'] },
  ],
  ['-d a --customPlatform=linux/amd64', { destinations: [{ repository: 'library/a' }] }],
])('understands %s', (line, expected) => {
  expect(parse(line)).toMatchObject(expected);
});

test.each([
  ['', 'Missing --destination'],
  ['-d a b', 'Unexpected argument "b"'],
  ['-d a --context git://github.com/x/y.git', "Can't read the context git://github.com/x/y.git: check it out first"],
  ['-d a --context s3://bucket/context.tar.gz', "Can't read the context"],
  ['-d a --insecure', "Unknown option '--insecure'. This command has kaniko's common options."],
  ['-d a --registry-mirror m', "Unknown option '--registry-mirror'"],
  ['-d a --custom-platform linux/arm64', "Can't build a Dockerfile for linux/arm64"],
  ['-d a --cache=maybe', 'Invalid --cache=maybe'],
  ['-d a --cache-ttl=soon', 'Invalid --run-max-age "soon"'],
  ['-d a --builder kaniko', 'Invalid --builder "kaniko"'],
  [`-d a@sha256:${'0'.repeat(64)}`, "Can't push to a digest"],
])('rejects "%s"', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});
