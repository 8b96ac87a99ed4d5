import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyFile } from './copy-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tozo-copy-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('a command stays executable: a link to the package runs it as it is', async () => {
  const [from, to] = [join(directory, 'tozo.js'), join(directory, 'package/bin/tozo.js')];
  await writeFile(from, '#!/usr/bin/env node\n');
  await chmod(from, 0o755);
  await copyFile(from, to);
  expect((await stat(to)).mode & 0o111).toBe(0o111);
});

test('a module refers to no source map', async () => {
  const [from, to] = [join(directory, 'index.js'), join(directory, 'package/dist/index.js')];
  await writeFile(from, 'export {};\n//# sourceMappingURL=index.js.map\n');
  await copyFile(from, to);
  expect(await readFile(to, 'utf8')).toBe('export {};\n');
});
