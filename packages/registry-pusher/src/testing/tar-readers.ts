import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { decodeName } from '../tar/names.ts';
import { readTar } from '../tar/read.ts';

/** An entry in a form in which readers can be compared. */
export interface SeenEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkname: string;
  /** SHA-256, or empty if the reader doesn't show contents. */
  readonly content: string;
}

/** What a reader makes of an archive: entries, or why it refuses it. */
export type Reading = readonly SeenEntry[] | string;

/** Reads an archive by this package's reader, in chunks of a size. Rethrows what isn't an error about the archive. */
export async function readByUs(tar: Buffer, chunkSize: number): Promise<Reading> {
  const chunks = async function* () {
    for (let at = 0; at < tar.length; at += chunkSize) yield tar.subarray(at, at + chunkSize);
  };
  const entries: SeenEntry[] = [];
  try {
    for await (const entry of readTar(chunks())) {
      const { type, name, mode, uid, gid, size, linkname, isSparse } = entry.header;
      const hash = createHash('sha256');
      for await (const chunk of entry) hash.update(chunk);
      const content = type === 'file' && !isSparse ? hash.digest('hex') : '';
      const seen = isSparse ? { type: 'sparse', size: 0 } : { type, size };
      entries.push({ name, ...seen, mode: mode & 0o7777, uid, gid, linkname, content });
    }
    return entries;
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error || error.message === '') throw error;
    return error.message;
  }
}

const python = `
import sys, tarfile, hashlib, json
types = {b'0': 'file', b'\\0': 'file', b'7': 'file', b'1': 'link', b'2': 'symlink', b'3': 'character-device',
    b'4': 'block-device', b'5': 'directory', b'6': 'fifo', b'S': 'sparse'}
for line in sys.stdin:
    entries = []
    try:
        with tarfile.open(line[:-1], 'r:') as tar:
            for m in tar:
                kind = 'sparse' if m.issparse() else types.get(m.type, 'other')
                file = kind == 'file' and tar.extractfile(m)
                if file:
                    data = file.read()
                    if len(data) != m.size: raise tarfile.ReadError('short')
                link = m.linkname if kind in ('link', 'symlink') else ''
                entries.append({'name': m.name, 'type': kind,
                    'size': m.size if kind in ('file', 'other') else 0, 'mode': m.mode & 0o7777, 'uid': m.uid, 'gid': m.gid, 'linkname': link,
                    'content': hashlib.sha256(data).hexdigest() if file else ''})
        print(json.dumps(entries), flush=True)
    except Exception as error:
        print(json.dumps(str(error) or type(error).__name__), flush=True)
`;

/** Reads archives by Python's tarfile, in one process. */
export function readByPython(paths: readonly string[]): Reading[] {
  const output = execFileSync('python3', ['-c', python], {
    input: paths.map((path) => `${path}\n`).join(''),
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  return output
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Reading);
}

const types: Readonly<Record<string, string>> = {
  '-': 'file',
  h: 'link',
  l: 'symlink',
  c: 'character-device',
  b: 'block-device',
  d: 'directory',
  p: 'fifo',
  C: 'file',
};

const listEach = `
while IFS= read -r path; do
  tar -tvf "$path" --numeric-owner --full-time --quoting-style=c 2>&1 && printf '.\\n' || printf '!\\n'
done
`;

/** Lists archives by GNU tar, which also reads their contents. A warning counts as a refusal. */
export function readByGnuTar(paths: readonly string[]): Reading[] {
  const output = execFileSync('sh', ['-c', listEach], {
    input: paths.map((path) => `${path}\n`).join(''),
    maxBuffer: 2 ** 30,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const readings: Reading[] = [];
  let lines: string[] = [];
  for (const line of output.toString('latin1').split('\n')) {
    if (line !== '.' && line !== '!') lines.push(line);
    else {
      const isRefused = line === '!' || lines.some((each) => /^(?:tar: |sh: )/.test(each));
      readings.push(isRefused ? lines.join('\n') : lines.map(parseLine));
      lines = [];
    }
  }
  return readings;
}

function parseLine(line: string): SeenEntry {
  const [, letter = '', bits = '', uid, gid, size = '', names = ''] =
    /^(.)(.{9})[.+*@]? (-?\d+)\/(-?\d+) +(\d+,\d+|\d+) \S+ \S+ +(.*)$/.exec(line) ?? [];
  const [, name = '', linkname = ''] = /^("(?:\\.|[^"\\])*")(?: (?:->|link to) ("(?:\\.|[^"\\])*"))?/.exec(names) ?? [];
  const type = types[letter] ?? letter;
  return {
    name: unquote(name),
    type,
    size: type === 'file' ? Number(size) : 0,
    mode: parseBits(bits),
    uid: Number(uid),
    gid: Number(gid),
    linkname: unquote(linkname),
    content: '',
  };
}

/** Parses `rwsr-xr-t`. */
function parseBits(bits: string): number {
  return [...bits].reduce((mode, letter, index) => {
    const bit = letter === '-' || letter === 'S' || letter === 'T' ? 0 : 1 << (8 - index);
    const special = /[sStT]/.test(letter) ? 0o4000 >> Math.floor(index / 3) : 0;
    return mode | bit | special;
  }, 0);
}

/** Parses a C string into the form of `decodeName`. */
function unquote(quoted: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', a: '\x07', b: '\b', f: '\f', r: '\r', v: '\v' };
  const bytes = quoted
    .slice(1, -1)
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_, octal: string | undefined, letter: string) =>
      octal === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  return decodeName(Buffer.from(bytes, 'latin1'));
}
