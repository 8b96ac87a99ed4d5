import { expect, test } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Content } from '../../testing/directory.ts';
import { elfFile } from '../../testing/elf.ts';
import { project } from '../../testing/project.ts';
import type { LayerContent } from '../../testing/tar-layer.ts';

/** Debian 12 with Node.js 20, as in node:20-slim. */
const slim: LayerContent = {
  'lib/x86_64-linux-gnu/libc.so.6': 'a\0GLIBC_2.2.5\0GLIBC_2.9\0GLIBC_2.36\0GLIBC_PRIVATE\0',
  'lib64/ld-linux-x86-64.so.2': 'loader',
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6': { link: 'libstdc++.so.6.0.30' },
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30': 'c++',
  'usr/lib/x86_64-linux-gnu/libssl.so.3': 'ssl',
  'usr/lib/x86_64-linux-gnu/libz.so.1': 'z',
};
const alpine: LayerContent = { 'lib/ld-musl-x86_64.so.1': 'musl' };

const gnu = (more: Parameters<typeof elfFile>[0] = {}) =>
  elfFile({ ...more, needed: ['libc.so.6', ...(more.needed ?? [])] });
const program = (more: Parameters<typeof elfFile>[0] = {}) => ({
  text: gnu({ interpreter: '/lib64/ld-linux-x86-64.so.2', ...more }),
  mode: 0o755,
});
const musl = elfFile({ needed: ['libc.musl-x86_64.so.1'] });
const mac = Buffer.from('cffaedfe0c000001'.padEnd(128, '0'), 'hex');
const windows = Buffer.from(`4d5a${'90'.repeat(58)}80000000`, 'hex');
const abi = (version: number) => gnu({ symbols: [`node_register_module_v${version}`] });
const napi = gnu({ symbols: ['napi_register_module_v1'] });
const m = 'node_modules';
const sharp = JSON.stringify({
  name: 'sharp',
  optionalDependencies: {
    '@img/sharp-darwin-arm64': '1',
    '@img/sharp-linux-x64': '1',
    '@img/sharp-linuxmusl-x64': '1',
  },
});
const onlyMac = (name: string) => JSON.stringify({ name, os: ['darwin'], cpu: ['arm64'] });

type Base = 'slim' | 'alpine' | 'scratch';
type Verdict = 'accepted' | 'warned' | 'refused';
type Case = readonly [what: string, base: Base, files: Record<string, Content>, verdict: Verdict, ...texts: string[]];

const cases: readonly Case[] = [
  [
    'bcrypt, compiled on Ubuntu 24.04',
    'slim',
    { [`${m}/bcrypt/build/Release/bcrypt.node`]: gnu({ versions: ['GLIBC_2.38'] }) },
    'refused',
    'bcrypt.node, from the npm package bcrypt, needs GLIBC_2.38, but the base has up to GLIBC_2.36',
    'npm rebuild bcrypt',
  ],
  [
    'bcrypt for an older system',
    'slim',
    { [`${m}/bcrypt/build/Release/bcrypt.node`]: gnu({ versions: ['GLIBC_2.2.5', 'GLIBC_2.34'] }) },
    'accepted',
  ],
  [
    'better-sqlite3 with a newer C++',
    'slim',
    { [`${m}/better-sqlite3/build/Release/better_sqlite3.node`]: gnu({ versions: ['GLIBCXX_3.4.32', 'GLIBC_2.17'] }) },
    'refused',
    'needs GLIBCXX_3.4.32, but the base has up to GLIBCXX_3.4.30',
  ],
  [
    'better-sqlite3 with an older C++',
    'slim',
    {
      [`${m}/better-sqlite3/build/Release/better_sqlite3.node`]: gnu({ versions: ['GLIBCXX_3.4.29', 'CXXABI_1.3.9'] }),
    },
    'accepted',
  ],
  [
    'better-sqlite3 for Node.js 22',
    'slim',
    { [`${m}/better-sqlite3/build/Release/better_sqlite3.node`]: abi(127) },
    'refused',
    'is for NODE_MODULE_VERSION 127 (Node.js 22), but the image has Node.js 20.19.0 (115)',
    'npm rebuild better-sqlite3',
  ],
  [
    'better-sqlite3 for Node.js 20',
    'slim',
    { [`${m}/better-sqlite3/build/Release/better_sqlite3.node`]: abi(115) },
    'accepted',
  ],
  ['argon2 with Node-API', 'slim', { [`${m}/argon2/prebuilds/linux-x64/argon2.glibc.node`]: napi }, 'accepted'],
  [
    'sodium-native for several versions of Node.js',
    'slim',
    {
      [`${m}/sodium-native/prebuilds/linux-x64/abi108.node`]: abi(108),
      [`${m}/sodium-native/prebuilds/linux-x64/abi115.node`]: abi(115),
    },
    'accepted',
  ],
  [
    'canvas on slim',
    'slim',
    { [`${m}/canvas/build/Release/canvas.node`]: gnu({ needed: ['libcairo.so.2'] }) },
    'warned',
    'needs libcairo.so.2, which neither the base nor the image has. Use a base with the Debian package libcairo2',
  ],
  [
    'canvas with its own libraries',
    'slim',
    {
      [`${m}/canvas/build/Release/canvas.node`]: gnu({ needed: ['libcairo.so.2'] }),
      [`${m}/canvas/build/Release/libcairo.so.2`]: gnu(),
    },
    'accepted',
  ],
  [
    'node-rdkafka that needs OpenSSL 1.1',
    'slim',
    { [`${m}/node-rdkafka/build/Release/node-librdkafka.node`]: gnu({ needed: ['libssl.so.1.1'] }) },
    'warned',
    'needs libssl.so.1.1',
    'a version of the package',
  ],
  [
    'grpc that needs OpenSSL 3',
    'slim',
    { [`${m}/grpc/build/Release/grpc.node`]: gnu({ needed: ['libssl.so.3', 'libz.so.1', 'libm.so.6'] }) },
    'accepted',
  ],
  [
    'pg-native without libpq',
    'slim',
    { [`${m}/libpq/build/Release/addon.node`]: gnu({ needed: ['libpq.so.5'] }) },
    'warned',
    'libpq5',
  ],
  [
    'sqlite3, whose C++ library is in the base',
    'slim',
    {
      [`${m}/sqlite3/build/Release/node_sqlite3.node`]: gnu({
        needed: ['libstdc++.so.6'],
        versions: ['GLIBCXX_3.4.21'],
      }),
    },
    'accepted',
  ],
  [
    'ffmpeg-static of a Mac',
    'slim',
    { [`${m}/ffmpeg-static/ffmpeg`]: { text: mac, mode: 0o755 } },
    'warned',
    'ffmpeg-static/ffmpeg is Mach-O for macOS',
    'npm_config_platform=linux npm_config_arch=x64 npm rebuild ffmpeg-static',
  ],
  [
    'ffmpeg-static of Windows',
    'slim',
    { [`${m}/ffmpeg-static/ffmpeg.exe`]: { text: windows, mode: 0o755 } },
    'warned',
    'PE for Windows',
  ],
  ['ffmpeg-static of Linux', 'slim', { [`${m}/ffmpeg-static/ffmpeg`]: { text: elfFile(), mode: 0o755 } }, 'accepted'],
  [
    'ffprobe-static for all systems',
    'slim',
    {
      [`${m}/ffprobe-static/bin/darwin/x64/ffprobe`]: { text: mac, mode: 0o755 },
      [`${m}/ffprobe-static/bin/linux/x64/ffprobe`]: { text: elfFile(), mode: 0o755 },
    },
    'accepted',
  ],
  [
    'sharp of a Mac',
    'slim',
    {
      [`${m}/sharp/package.json`]: sharp,
      [`${m}/@img/sharp-darwin-arm64/package.json`]: onlyMac('@img/sharp-darwin-arm64'),
      [`${m}/@img/sharp-darwin-arm64/lib/sharp.node`]: mac,
    },
    'refused',
    'npm install --os=linux --cpu=x64 --libc=glibc sharp',
  ],
  [
    'sharp for Linux',
    'slim',
    {
      [`${m}/sharp/package.json`]: sharp,
      [`${m}/@img/sharp-linux-x64/package.json`]: '{}',
      [`${m}/@img/sharp-linux-x64/lib/sharp.node`]: gnu(),
    },
    'accepted',
  ],
  [
    'esbuild of a Mac',
    'slim',
    { [`${m}/esbuild/bin/esbuild`]: { text: mac, mode: 0o755 } },
    'warned',
    'npm rebuild esbuild',
  ],
  [
    'esbuild for Linux',
    'slim',
    { [`${m}/@esbuild/linux-x64/bin/esbuild`]: { text: elfFile(), mode: 0o755 } },
    'accepted',
  ],
  [
    'Prisma’s engine of a Mac',
    'slim',
    { [`${m}/.prisma/client/libquery_engine-darwin-arm64.dylib.node`]: mac },
    'refused',
    'binaryTargets = ["native", "debian-openssl-3.0.x"]',
    'npx prisma generate',
  ],
  [
    'Prisma’s engine for glibc on Alpine',
    'alpine',
    { [`${m}/.prisma/client/libquery_engine-debian-openssl-3.0.x.so.node`]: gnu() },
    'refused',
    'binaryTargets = ["native", "linux-musl-openssl-3.0.x"]',
  ],
  [
    'Prisma’s engines for both',
    'slim',
    {
      [`${m}/.prisma/client/libquery_engine-darwin-arm64.dylib.node`]: mac,
      [`${m}/.prisma/client/libquery_engine-debian-openssl-3.0.x.so.node`]: gnu({ needed: ['libssl.so.3'] }),
    },
    'accepted',
  ],
  [
    'bcrypt for glibc on Alpine',
    'alpine',
    { [`${m}/bcrypt/build/Release/bcrypt.node`]: gnu() },
    'refused',
    '--libc=musl bcrypt',
  ],
  [
    'bcrypt for musl on Debian',
    'slim',
    { [`${m}/bcrypt/build/Release/bcrypt.node`]: musl },
    'refused',
    '--libc=glibc bcrypt',
  ],
  [
    'a program for glibc on scratch',
    'scratch',
    { server: program() },
    'refused',
    'server needs glibc, and nothing brings it on scratch. Link the program statically',
  ],
  ['a static program on scratch', 'scratch', { server: { text: elfFile(), mode: 0o755 } }, 'accepted'],
  [
    'the app’s own program for a newer system',
    'slim',
    { 'bin/tool': program({ versions: ['GLIBC_2.39'] }) },
    'refused',
    'bin/tool needs GLIBC_2.39',
    'build it again on a system as old as the base',
  ],
  ['a program that nobody can run', 'slim', { 'data/tool': gnu({ versions: ['GLIBC_2.39'] }) }, 'accepted'],
];

const table = cases.map(([what, base, files, verdict, ...texts]) => ({ what, base, files, verdict, texts }));

test.each(table)('$what on $base (faults 142, 143, 144, 145, 146, registry-pusher)', async (each) => {
  const { base, files, verdict, texts } = each;
  const from = base === 'scratch' ? base : `${base}:1`;
  await using shop = await project(`FROM ${from}\nCOPY . /app\n`, files);
  await shop.registry.putBase('docker.io/library/slim:1', [slim], { Env: ['NODE_VERSION=20.19.0'] });
  await shop.registry.putBase('docker.io/library/alpine:1', [alpine]);
  const built = await shop.build().catch((error: unknown) => error);
  const isRefused = built instanceof RegistryPusherError && built.code === 'NATIVE_CODE_MISMATCH';
  if (built instanceof Error && !isRefused) throw built;
  const messages = built instanceof Error ? [built.message] : (built as { warnings: string[] }).warnings;
  expect([isRefused ? 'refused' : messages.length > 0 ? 'warned' : 'accepted', messages]).toEqual([verdict, messages]);
  for (const text of texts) expect(messages.join('\n')).toContain(text);
});

test('the base is read once for its libraries, then known from the last image (fault 143, registry-pusher)', async () => {
  const files = {
    [`${m}/canvas/build/Release/canvas.node`]: gnu({ needed: ['libcairo.so.2'], versions: ['GLIBC_2.34'] }),
  };
  await using shop = await project('FROM slim:1\nCOPY . /app\n', files);
  await shop.registry.putBase('docker.io/library/slim:1', [slim]);
  const first = await shop.build();
  const previous = await shop.registry.push(first.image);
  const { blobsRead } = shop.registry;
  const again = await shop.build({}, previous);
  expect(shop.registry.blobsRead).toBe(blobsRead);
  expect(again.warnings).toEqual(first.warnings);
  expect(again.image.imageId).toBe(first.image.imageId);
});
