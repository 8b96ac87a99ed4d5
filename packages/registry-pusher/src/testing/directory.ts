import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The content of a file, a link, or `null` for an empty directory. */
export type Content =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly text: string | Uint8Array; readonly mode: number }
  | null;

/** Creates a temporary directory, deleted at the end of the test. */
export async function createDirectory(files: Readonly<Record<string, Content>>) {
  const path = await mkdtemp(join(tmpdir(), 'registry-pusher-'));
  await writeInto(path, files);
  return {
    path,
    file: (name: string) => join(path, name),
    write: (more: Readonly<Record<string, Content>>) => writeInto(path, more),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function writeInto(root: string, files: Readonly<Record<string, Content>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    if (content === null) {
      await mkdir(path, { recursive: true });
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(path, content);
    else if ('link' in content) await symlink(content.link, path);
    else {
      await writeFile(path, content.text);
      await chmod(path, content.mode);
    }
  }
}

const nobody = 65_534;

/** Drops root privileges until disposed, which makes file permissions apply. */
export function withoutPrivileges(): Disposable {
  const user = process.geteuid!();
  if (user === 0) process.seteuid!(nobody);
  return { [Symbol.dispose]: () => (user === 0 ? process.seteuid!(user) : undefined) };
}
