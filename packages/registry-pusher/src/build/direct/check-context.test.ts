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

async function digest(contents: Record<string, Content>, buildArgs = {}, options = {}) {
  await using directory = await createDirectory({ ...files, ...contents });
  await utimes(directory.file('package.json'), Math.random() * 1e9, 1);
  return await contextDigest({ context: directory.path, dockerfile: directory.file('Dockerfile'), buildArgs }, options);
}

test('the same Dockerfile and files have the same digest in any place and at any time', async () => {
  const first = await digest({});
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await digest({})).toBe(first);
  expect(await digest({ 'docs/readme.md': 'changed', 'other.js': 'new' })).toBe(first);
});

test('with RUN, files that only a mount or a trigger of the base reads change the digest', async () => {
  const Dockerfile = 'FROM a\nRUN --mount=type=bind,target=/all cat /all/docs/readme.md\n';
  const canRun = { canRun: true };
  const first = await digest({ Dockerfile }, {}, canRun);
  expect(await digest({ Dockerfile }, {}, canRun)).toBe(first);
  expect(await digest({ Dockerfile, 'docs/readme.md': 'changed' }, {}, canRun)).not.toBe(first);
  expect(await digest({ Dockerfile, '.dockerignore': 'docs' }, {}, canRun)).not.toBe(first);
});

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
  await expectCode(digest({ Dockerfile: 'FROM a\nRUN b\n' }), 'INSTRUCTION_UNSUPPORTED', 'RUN b');
});
