import { execFileSync } from 'node:child_process';
import { utimes } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, createDirectory } from '../../testing/directory.ts';
import { contextDigest } from './check-context.ts';

const files = {
  Dockerfile:
    'FROM node:20\nARG V=1\nWORKDIR /app\nCOPY --chown=node package.json dist$V ./\nCMD ["node", "main.js"]\n',
  'package.json': '{}',
  'dist1/main.js': 'one',
  'dist2/main.js': 'two',
  'docs/readme.md': '',
};

async function digest(contents: Record<string, Content>, buildArgs = {}) {
  await using directory = await createDirectory({ ...files, ...contents });
  await utimes(directory.file('package.json'), Math.random() * 1e9, 1);
  return await contextDigest({ context: directory.path, dockerfile: directory.file('Dockerfile'), buildArgs });
}

test('the same Dockerfile and files have the same digest in any place and at any time', async () => {
  const first = await digest({});
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await digest({})).toBe(first);
  expect(await digest({ 'docs/readme.md': 'changed', 'other.js': 'new' })).toBe(first);
});

test('files that only a mount of RUN shows change the digest', async () => {
  const Dockerfile = 'FROM a\nRUN --mount=type=bind,target=/all cat /all/docs/readme.md\n';
  const first = await digest({ Dockerfile });
  expect(await digest({ Dockerfile })).toBe(first);
  expect(await digest({ Dockerfile, 'docs/readme.md': 'changed' })).not.toBe(first);
  expect(await digest({ Dockerfile, '.dockerignore': 'docs' })).not.toBe(first);
});

test.each(['', '--mount=type=cache,target=/root/.npm ', '--mount=type=secret,id=npm '])(
  'RUN %swithout such a mount sees only what is copied',
  async (mount) => {
    const Dockerfile = `FROM a\nCOPY package.json ./\nRUN ${mount}npm ci\n`;
    const first = await digest({ Dockerfile });
    expect(await digest({ Dockerfile, 'node_modules/new.js': 'of this job' })).toBe(first);
    expect(await digest({ Dockerfile, 'package.json': '{"version":"2.0.0"}' })).not.toBe(first);
  },
);

test.each(['target=/all', '${X},target=/all', 'type=cache,from=docs,target=/all', 'type=cache,type=bind,target=/all'])(
  'a mount that may show the context counts: %s',
  async (mount) => {
    const Dockerfile = `FROM a\nARG X\nRUN --mount=${mount} cat /all/docs/readme.md\n`;
    const first = await digest({ Dockerfile });
    expect(await digest({ Dockerfile, 'docs/readme.md': 'changed' })).not.toBe(first);
  },
);

test('every change to the image changes the digest', async () => {
  const digests = await Promise.all([
    digest({}),
    digest({ 'dist1/main.js': 'changed' }),
    digest({ 'dist1/new.js': '' }),
    digest({ 'dist1/main.js': { text: 'one', mode: 0o755 } }),
    digest({ Dockerfile: `${files.Dockerfile}ENV A=1\n` }),
    digest({ '.dockerignore': 'dist1/main.js' }),
    digest({}, { V: '2' }),
  ]);
  expect(new Set(digests).size).toBe(digests.length);
});

test('rejects a file with a secret like a build (fault 55, registry-pusher)', async () => {
  await using directory = await createDirectory({ ...files, 'dist1/main.js': 'key=hunter2hunter2' });
  const request = { context: directory.path, dockerfile: directory.file('Dockerfile'), secrets: ['hunter2hunter2'] };
  await expectCode(contextDigest(request), 'FILE_REFUSED', 'dist1/main.js contains');
});

test('rejects native code for another system like a build', async () => {
  const addon = Buffer.concat([Buffer.from('cffaedfe', 'hex'), Buffer.alloc(100)]);
  await expectCode(digest({ 'dist1/build/addon.node': addon }), 'NATIVE_CODE_MISMATCH', 'addon.node is Mach-O');
});

test('reports missing files like a build', async () => {
  await expectCode(digest({}, { V: '3' }), 'COPY_SOURCE_MISSING', 'dist3');
  await expectCode(digest({ Dockerfile: 'FROM a\nRUN --mount=type=ssh b\n' }), 'INSTRUCTION_UNSUPPORTED', 'ssh');
});

async function withPipe(dockerfile: string) {
  await using directory = await createDirectory({ Dockerfile: dockerfile, 'main.js': '', 'sub/a.js': '' });
  execFileSync('mkfifo', [directory.file('pipe'), directory.file('sub/pipe')]);
  return await contextDigest({ context: directory.path, dockerfile: directory.file('Dockerfile') });
}

test.each(['COPY main.js ./', 'COPY *.js ./', 'COPY --exclude=pipe sub ./', 'RUN --mount=target=/all ls /all'])(
  'a pipe that nothing copies is fine (fault 48, registry-pusher): %s',
  async (line) => {
    await expect(withPipe(`FROM node:20\n${line}\n`)).resolves.toMatch(/^sha256:/);
  },
);

test.each([
  ['COPY . .', 'pipe'],
  ['COPY pip* ./', 'pipe'],
  ['COPY sub/pipe ./', 'sub/pipe'],
])('a pipe that is copied is rejected by name (fault 48, registry-pusher): %s', async (line, name) => {
  await expectCode(withPipe(`FROM node:20\n${line}\n`), 'FILE_REFUSED', `${name} is a device, a pipe or a socket`);
});
