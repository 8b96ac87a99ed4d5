import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { RegistryPusherError } from '../../image/errors.ts';
import type { TarHeader } from '../../tar/header.ts';
import { encodeName } from '../../tar/names.ts';
import { readTar } from '../../tar/read.ts';
import { writeTar } from '../../tar/write.ts';
import { cleanEnv, findProgram, isBusybox, tryProgram } from './programs.ts';

/** Extended attributes by name, such as `security.capability`. Bytes that aren't UTF-8 are lone surrogates. */
export type Attributes = Readonly<Record<string, string>>;

const recordPrefix = 'SCHILY.xattr.';
/** Those that mean the same on another machine: what setcap sets, and what programs keep with their files. */
const kept = /^(?:security\.capability|user\..+)$/;
const tarOptions = ['--xattrs', '--xattrs-include=security.capability', '--xattrs-include=user.*'];

/** Returns the attributes in the extended header of a tar entry. */
export function attributesOf(pax: ReadonlyMap<string, string>): Attributes {
  const all = [...pax].flatMap(([key, value]) =>
    key.startsWith(recordPrefix) ? [[key.slice(recordPrefix.length), value] as const] : [],
  );
  return Object.fromEntries(all.filter(([name]) => kept.test(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

let gnuTar: string | false | undefined;

/** Returns the program that reads and writes attributes, which Node can't. */
export function findGnuTar(): string | undefined {
  if (gnuTar === undefined) {
    const found = findProgram('tar');
    const isGnu = found !== undefined && !isBusybox(found) && /GNU tar/.test(tryProgram([found, '--version']).says);
    gnuTar = isGnu ? found : false;
  }
  return gnuTar === false ? undefined : gnuTar;
}

/**
 * Reads the attributes of files and directories below a root. First tar lists which ones have any, which reads no content.
 * @param paths in the image
 * @throws RegistryPusherError FILE_UNREADABLE when tar fails: otherwise the image would lose capabilities
 */
export async function readAttributes(root: string, paths: readonly string[]): Promise<Map<string, Attributes>> {
  const found = new Map<string, Attributes>();
  const tar = findGnuTar();
  if (tar === undefined || paths.length === 0) return found;
  const select = [...tarOptions, '--no-recursion', '--hard-dereference', '--null', '-C', root, '-T', '-'];
  const listed = spawnSync(tar, [...select, '--quoting-style=escape', '-cvvf', '/dev/null'], {
    env: cleanEnv,
    input: namesOf(paths),
    maxBuffer: Infinity,
  });
  if (listed.status !== 0) throw unreadableError(listed.error?.message ?? listed.stderr.toString());
  const lines = listed.stdout.toString('latin1').split('\n');
  const marked = paths.filter((_, index) => lines[index]?.[10] === '*');
  if (marked.length === 0) return found;
  const child = spawn(tar, [...select, '--format=pax', '-cf', '-'], { env: cleanEnv });
  const says = text(child.stderr);
  const ended = once(child, 'close') as Promise<[number | null]>;
  child.stdin.on('error', () => undefined).end(namesOf(marked));
  for await (const { header } of readTar(child.stdout)) {
    const attributes = attributesOf(header.pax);
    if (Object.keys(attributes).length > 0) found.set(`/${header.name.replace(/^\.\/|\/$/g, '')}`, attributes);
  }
  const [code] = await ended;
  if (code !== 0) throw unreadableError(await says);
  return found;
}

function unreadableError(says: string): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_UNREADABLE',
    `Can't read the extended attributes of the files that RUN wrote: ${says.trim().split('\n')[0]}. Check the disk and TMPDIR, then run it again.`,
  );
}

/** A file to create below a root, or a directory that exists, with the attributes that it gets. */
export interface AttributedFile {
  /** In the image. Neither it nor a directory above it is a link. */
  readonly path: string;
  readonly header: Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'mtime' | 'size'> & {
    readonly type: 'file' | 'directory';
  };
  readonly attributes: Attributes;
  /** The file's. */
  readonly content?: AsyncIterable<Buffer>;
}

/**
 * Creates files with attributes below a root, and gives directories theirs. Without GNU tar, it does nothing.
 * @throws Error if they can't be given
 */
export async function writeAttributes(root: string, files: readonly AttributedFile[]): Promise<void> {
  const tar = findGnuTar();
  if (tar === undefined || files.length === 0) return;
  const child = spawn(tar, [...tarOptions, '--same-owner', '-p', '-C', root, '-xf', '-'], {
    env: cleanEnv,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const says = text(child.stderr);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const entries = async function* () {
    for (const { path, header, attributes, content } of files)
      yield {
        header: { ...header, name: `.${path}${header.type === 'directory' ? '/' : ''}`, attributes },
        ...(content === undefined ? {} : { content }),
      };
  };
  await pipeline(Readable.from(writeTar(entries())), child.stdin).catch(() => undefined);
  const [code] = await ended;
  if (code !== 0) throw new Error(`extended attributes can't be set here: ${(await says).trim()}`);
}

function namesOf(paths: readonly string[]): Buffer {
  return Buffer.concat(paths.map((path) => encodeName(`.${path}\0`)));
}
