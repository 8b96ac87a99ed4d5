import { invalidTarError } from './fields.ts';
import { decodeName } from './names.ts';

/** The values of an extended header, by keyword. */
export type PaxRecords = ReadonlyMap<string, string>;

/** The longest length field. Extended headers are limited to 1 MiB. */
const maxLengthDigits = 7;

/**
 * Parses the records of an extended header, each `LENGTH KEYWORD=VALUE\n`. An empty value removes the record.
 * @see POSIX pax, "pax Extended Header"
 * @throws Error for anything else
 */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const record = recordAt(bytes, at);
    at += record.length;
    const equals = record.indexOf('=');
    const keyword = decodeName(record.subarray(record.indexOf(' ') + 1, Math.max(equals, 0)));
    const value = decodeName(record.subarray(equals + 1, -1));
    if (equals < 0 || keyword === '' || keyword.includes('\0')) throw malformedError(at - record.length);
    if (names.has(keyword) && value.includes('\0')) throw invalidTarError(`its ${keyword} contains a NUL`);
    if (value === '') records.delete(keyword);
    else records.set(keyword, value);
  }
  return records;
}

const names = new Set(['path', 'linkpath', 'uname', 'gname', 'GNU.sparse.name']);

/** Returns the bytes of a record, including its length and its newline. */
function recordAt(bytes: Buffer, at: number): Buffer {
  const space = bytes.indexOf(' ', at);
  const digits = space < 0 || space - at > maxLengthDigits ? '' : bytes.toString('latin1', at, space);
  const end = at + Number(digits);
  if (!/^\d+$/.test(digits) || end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
    throw malformedError(at);
  return bytes.subarray(at, end);
}

function malformedError(at: number): Error {
  return invalidTarError(`the record at byte ${at} of a PAX header is malformed`);
}
