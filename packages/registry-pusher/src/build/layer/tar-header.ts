import type { Entry } from './entry.ts';

const block = 512;
const longestName = 100;
const longestPrefix = 155;
/** What the octal fields of a ustar header hold at most. */
const largestOctal = { id: 0o7777777, size: 0o77777777777, time: 0o77777777777 };

/**
 * An entry's header: ustar, and before it a PAX record for what ustar cannot say: a name or a link target that is long or
 * not ASCII, a size from 8 GiB, a user number from 2097152. Written here, for its bytes are part of an image's identity, and
 * the writer on npm clamps numbers that do not fit. @see POSIX pax, "ustar Interchange Format" and "pax Header Block"
 */
export function tarHeader(entry: Entry, mtime: number): Buffer {
  const name = nameOf(entry);
  const target = targetOf(entry);
  const size = entry.type === 'file' ? entry.size : 0;
  const short = splitName(name);
  const records = {
    ...(short === undefined ? { path: name } : {}),
    ...(isPlain(target, longestName) ? {} : { linkpath: target }),
    ...(size > largestOctal.size ? { size } : {}),
    ...(entry.uid > largestOctal.id ? { uid: entry.uid } : {}),
    ...(entry.gid > largestOctal.id ? { gid: entry.gid } : {}),
  };
  const header = ustar({
    ...(short ?? { name: cut(name), prefix: '' }),
    mode: entry.type === 'link' ? 0o777 : entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size,
    mtime,
    type: typeFlags[entry.type],
    target: cut(target),
  });
  return Object.keys(records).length === 0 ? header : Buffer.concat([paxHeader(records, mtime), header]);
}

/** The zeros that fill a file's last block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** Two empty blocks end a tar file. */
export function endOfTar(): Buffer {
  return Buffer.alloc(2 * block);
}

const typeFlags = { file: '0', 'hard link': '1', link: '2', folder: '5' } as const;

/** Relative to the root; a folder ends with a slash. */
function nameOf({ path, type }: Entry): string {
  return type === 'folder' ? `${path.slice(1)}/` : path.slice(1);
}

/** A hard link names another entry, by the name that it has here. */
function targetOf(entry: Entry): string {
  if (entry.type === 'hard link') return entry.target.slice(1);
  return entry.type === 'link' ? entry.target : '';
}

function paxHeader(records: Readonly<Record<string, string | number>>, mtime: number): Buffer {
  const body = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(`${key}=${value}\n`)));
  const name = 'PaxHeader/record';
  const header = ustar({
    name,
    prefix: '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime,
    type: 'x',
    target: '',
  });
  return Buffer.concat([header, body, padding(body.length)]);
}

/** `LENGTH key=value\n`, where the length counts its own digits. */
function paxRecord(text: string): Buffer {
  const bytes = Buffer.byteLength(text) + 1;
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return Buffer.from(`${length} ${text}`);
}

interface Ustar {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: string;
  readonly target: string;
}

function ustar({ name, prefix, mode, uid, gid, size, mtime, type, target }: Ustar): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0);
  octal(header, mode, 100, 7);
  octal(header, Math.min(uid, largestOctal.id), 108, 7);
  octal(header, Math.min(gid, largestOctal.id), 116, 7);
  octal(header, size > largestOctal.size ? 0 : size, 124, 11);
  octal(header, mtime, 136, 11);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(target, 157);
  header.write('ustar\u000000', 257);
  header.write(prefix, 345);
  octal(
    header,
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[155] = 0x20;
  return header;
}

/** Octal digits and a NUL. */
function octal(header: Buffer, value: number, at: number, digits: number): void {
  header.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
}

/** Splits at a slash so that name and prefix fit their fields; undefined when no split does, or the name is not ASCII. */
function splitName(path: string): { name: string; prefix: string } | undefined {
  if (isPlain(path, longestName)) return { name: path, prefix: '' };
  if (!isPlain(path, longestName + 1 + longestPrefix)) return undefined;
  const slash = path.indexOf('/', path.length - longestName - 1);
  if (slash <= 0 || slash > longestPrefix || slash === path.length - 1) return undefined;
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
}

function isPlain(text: string, longest: number): boolean {
  return text.length <= longest && /^[\x20-\x7e]*$/.test(text);
}

/** What readers without PAX see: cut to fit, other characters replaced. */
function cut(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '_').slice(0, longestName);
}
