import { appendFile, cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { checkOut } from '../fixture/app.ts';
import { type Place, referenceOf } from './place.ts';

/** Writes a checkout of the app: new files, with one changed line in main.js. */
export async function checkout(app: string, directory: string, base: Place, version: string): Promise<string> {
  await checkOut(app, directory, version);
  const dockerfile = await readFile(join(directory, 'Dockerfile'), 'utf8');
  await writeFile(join(directory, 'Dockerfile'), dockerfile.replace(/^FROM .*/, `FROM ${referenceOf(base)}`));
  return directory;
}

/** Writes a copy of a checkout with other dependencies. */
export async function withOtherDependencies(context: string, directory: string, version: string): Promise<string> {
  await cp(context, directory, { recursive: true });
  await appendFile(join(directory, 'node_modules/package-1/dist/module-1.js'), `// ${version}\n`);
  return directory;
}

/** Writes a project of many small files. */
export async function manyFiles(directory: string, count: number, size: number): Promise<string> {
  const bytes = Buffer.alloc(size, 'const answer = 42; // a line like many others\n');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY files /files\n');
  for (let index = 0; index < count; index++) {
    const inside = join(directory, 'files', String(index % 100));
    if (index < 100) await mkdir(inside, { recursive: true });
    bytes.write(`${index} `);
    await writeFile(join(inside, `${index}.js`), bytes);
  }
  return directory;
}

/** Writes a project of one file of `size` bytes. Every eighth megabyte is random, the others are empty. */
export async function hugeFile(directory: string, size: number): Promise<string> {
  const megabyte = 1024 * 1024;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY huge /\n');
  const file = await open(join(directory, 'huge'), 'w');
  const noise = Buffer.alloc(megabyte);
  for (let at = 0; at < size; at += 8 * megabyte) await file.write(randomFillSync(noise), 0, megabyte, at);
  await file.truncate(size);
  await file.close();
  return directory;
}
