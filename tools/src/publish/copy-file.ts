import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Copies a file with its mode. Maps aren't published, so a module doesn't refer to one. */
export async function copyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
  if (!/\.js$|\.d\.ts$/.test(from)) return;
  const text = await readFile(from, 'utf8');
  await writeFile(to, text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'));
}
