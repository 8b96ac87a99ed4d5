import { encodeName } from './names.ts';

const block = 512;
const maxNameLength = 100;
const maxPrefixLength = 155;
/** The largest values that fit a ustar header's octal fields. */
const maxOctal = { id: 0o7777777, size: 0o77777777777 };

/** A tar entry without its content. */
export interface TarHeader {
  readonly type: keyof typeof typeFlags;
  /** Relative, as written in the archive; a directory's ends with a slash. */
  readonly name: string;
  /** The target of a symlink, or the name of another entry for a hard link. */
  readonly linkname?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly devmajor?: number;
  readonly devminor?: number;
  /** Extended attributes, by name. Bytes that aren't UTF-8 are lone surrogates. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const typeFlags = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const;

/**
 * Returns a header's bytes: ustar, preceded by a PAX header for values that don't fit: long or non-ASCII names, sizes from
 * 8 GiB, user IDs from 2097152. The bytes are part of an image's identity. The npm packages clamp numbers that don't fit.
 * @see POSIX pax, "ustar Interchange Format" and "pax Header Block"
 */
export function encodeTarHeader(entry: TarHeader): Buffer {
  const { type, name, linkname = '', mode, uid, gid, size, mtime, devmajor, devminor, attributes = {} } = entry;
  const short = splitName(name);
  const records = {
    ...(short === undefined ? { path: name } : {}),
    ...(isPlain(linkname, maxNameLength) ? {} : { linkpath: linkname }),
    ...(size > maxOctal.size ? { size } : {}),
    ...(uid > maxOctal.id ? { uid } : {}),
    ...(gid > maxOctal.id ? { gid } : {}),
    ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`SCHILY.xattr.${key}`, value])),
  };
  const header = ustar({
    ...(short ?? { name: truncate(name), prefix: '' }),
    mode,
    uid,
    gid,
    size,
    mtime,
    type: typeFlags[type],
    linkname: truncate(linkname),
    ...(devmajor === undefined || devminor === undefined ? {} : { devmajor, devminor }),
  });
  return Object.keys(records).length === 0 ? header : Buffer.concat([paxHeader(records, mtime), header]);
}

/** Returns the zeros that fill a file's last block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** Returns the two empty blocks at the end of an archive. */
export function endOfTar(): Buffer {
  return Buffer.alloc(2 * block);
}

function paxHeader(records: Readonly<Record<string, string | number>>, mtime: number): Buffer {
  const body = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(encodeName(`${key}=${value}\n`))));
  const root = { mode: 0o644, uid: 0, gid: 0 };
  const header = ustar({
    name: 'PaxHeader/record',
    prefix: '',
    ...root,
    size: body.length,
    mtime,
    type: 'x',
    linkname: '',
  });
  return Buffer.concat([header, body, padding(body.length)]);
}

/** Returns `LENGTH key=value\n`. The length includes its own digits. */
function paxRecord(text: Buffer): Buffer {
  const bytes = text.length + 1;
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return Buffer.concat([Buffer.from(`${length} `), text]);
}

interface Ustar extends Omit<TarHeader, 'type'> {
  readonly linkname: string;
  readonly prefix: string;
  readonly type: string;
}

function ustar(fields: Ustar): Buffer {
  const { name, prefix, mode, uid, gid, size, mtime, type, linkname, devmajor, devminor } = fields;
  const header = Buffer.alloc(block);
  header.write(name, 0);
  writeOctal(header, mode, 100, 7);
  writeOctal(header, Math.min(uid, maxOctal.id), 108, 7);
  writeOctal(header, Math.min(gid, maxOctal.id), 116, 7);
  writeOctal(header, size > maxOctal.size ? 0 : size, 124, 11);
  writeOctal(header, mtime, 136, 11);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(linkname, 157);
  header.write('ustar\u000000', 257);
  if (devmajor !== undefined) writeOctal(header, devmajor, 329, 7);
  if (devminor !== undefined) writeOctal(header, devminor, 337, 7);
  header.write(prefix, 345);
  writeOctal(
    header,
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[155] = 0x20;
  return header;
}

/** Writes octal digits and a NUL. */
function writeOctal(header: Buffer, value: number, at: number, digits: number): void {
  header.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
}

/** Splits a path at a slash into a prefix and a name that fit. Returns undefined when none fit or the path isn't ASCII. */
function splitName(path: string): { name: string; prefix: string } | undefined {
  if (isPlain(path, maxNameLength)) return { name: path, prefix: '' };
  if (!isPlain(path, maxNameLength + 1 + maxPrefixLength)) return undefined;
  const slash = path.indexOf('/', path.length - maxNameLength - 1);
  if (slash <= 0 || slash > maxPrefixLength || slash === path.length - 1) return undefined;
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
}

function isPlain(text: string, maxLength: number): boolean {
  return text.length <= maxLength && /^[\x20-\x7e]*$/.test(text);
}

/** Returns what readers without PAX support see. */
function truncate(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, '_').slice(0, maxNameLength);
}
