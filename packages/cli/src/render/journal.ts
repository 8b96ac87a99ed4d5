import type { JournalEntry } from '@tozo/sandbox/connect';

const pathWidth = 56;

/** The column titles of `journalLine`. */
export const journalHeader = columns('TIME', 'SERVICE', 'METHOD', 'PATH', 'STATUS', 'IN', 'OUT', 'MS');

/** Returns one request as a line: local time, service, method, path without its query, status, body bytes, milliseconds. */
export function journalLine(entry: JournalEntry): string {
  const { service, method, status, bytesIn, bytesOut, ms, faults } = entry;
  const line = columns(
    localTime(entry.time),
    service,
    method,
    shortPath(entry.path),
    status === 0 ? '-' : String(status),
    String(bytesIn),
    String(bytesOut),
    ms.toFixed(1),
  );
  return faults.length === 0 ? line : `${line}  fault: ${faults.join(', ')}`;
}

function columns(...texts: readonly [string, string, string, string, string, string, string, string]): string {
  const [time, service, method, path, status, bytesIn, bytesOut, ms] = texts;
  const left = [time.padEnd(12), service.padEnd(8), method.padEnd(6), path.padEnd(pathWidth)];
  const right = [status.padStart(6), bytesIn.padStart(10), bytesOut.padStart(10), ms.padStart(8)];
  return [...left, ...right].join(' ');
}

function localTime(iso: string): string {
  const date = new Date(iso);
  const digits = (value: number, count: number): string => String(value).padStart(count, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => digits(part, 2)).join(':');
  return `${clock}.${digits(date.getMilliseconds(), 3)}`;
}

/** Shortens digests and upload IDs. */
function shortPath(path: string): string {
  return (path.split('?', 1)[0] ?? '')
    .replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…')
    .replaceAll(/\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '$1…');
}
