import { readFile } from 'node:fs/promises';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { resolveInImage } from './image-path.ts';

/** Throws IMAGE_INVALID if the image lacks its USER or the group. Numbers are always accepted. */
export async function assertUser(root: string, user: string): Promise<void> {
  const [name = '', group = ''] = user.split(':');
  await assertEntry(root, 'user', name, '/etc/passwd');
  await assertEntry(root, 'group', group, '/etc/group');
}

async function assertEntry(root: string, kind: 'user' | 'group', name: string, file: string): Promise<void> {
  if (/^\d*$/.test(name)) return;
  const text = await readFile(resolveInImage(root, file), 'utf8').catch(() => '');
  if (text.split('\n').some((line) => line.startsWith(`${name}:`))) return;
  throw new SandboxError(
    'IMAGE_INVALID',
    `the image's USER names the ${kind} ${name}, which isn't in its ${file}: create it in the Dockerfile, or use a number`,
  );
}
