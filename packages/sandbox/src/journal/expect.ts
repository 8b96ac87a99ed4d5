import { SandboxError } from '../errors/sandbox-error.ts';
import { type JournalEntry, type JournalFilter, matches } from './entry.ts';

/** What a test says of the requests that a filter means. Each throws EXPECTATION_FAILED, and lists what was seen, when it is not so. */
export interface Expectation {
  /** So many requests. Gives them. */
  exactly(count: number): JournalEntry[];
  atLeast(count: number): JournalEntry[];
  atMost(count: number): JournalEntry[];
  none(): void;
  /** Their bodies are so many bytes in all, whatever their number. Gives them. */
  bytesIn(bytes: number): JournalEntry[];
  bytesOut(bytes: number): JournalEntry[];
}

const shownAtMost = 30;

/** Tells whether entries are as they should be; needs no test framework. */
export function expectRequests(entries: readonly JournalEntry[], filter: JournalFilter = {}): Expectation {
  const meant = entries.filter((entry) => matches(entry, filter));
  const check = (holds: boolean, wanted: string, saw: string): JournalEntry[] => {
    if (holds) return meant;
    throw failure(`${describeFilter(filter)}: expected ${wanted}, saw ${saw}`, meant.length > 0 ? meant : entries);
  };
  const checkCount = (holds: boolean, wanted: string) => check(holds, wanted, String(meant.length));
  const checkBytes = (of: 'bytesIn' | 'bytesOut', bytes: number) => {
    const sum = meant.reduce((total, entry) => total + entry[of], 0);
    return check(sum === bytes, `${bytes} bytes ${of === 'bytesIn' ? 'in' : 'out'}`, String(sum));
  };
  return {
    exactly: (count) => checkCount(meant.length === count, `exactly ${count}`),
    atLeast: (count) => checkCount(meant.length >= count, `at least ${count}`),
    atMost: (count) => checkCount(meant.length <= count, `at most ${count}`),
    none: () => void checkCount(meant.length === 0, 'none'),
    bytesIn: (bytes) => checkBytes('bytesIn', bytes),
    bytesOut: (bytes) => checkBytes('bytesOut', bytes),
  };
}

/** One request for each filter, in this order; others may stand between them. Gives those. Throws as above. */
export function expectInOrder(entries: readonly JournalEntry[], filters: readonly JournalFilter[]): JournalEntry[] {
  const found: JournalEntry[] = [];
  let from = 0;
  for (const [index, filter] of filters.entries()) {
    const at = entries.findIndex((entry, position) => position >= from && matches(entry, filter));
    const entry = entries[at];
    if (!entry) {
      const before = index === 0 ? '' : ` after ${describeFilter(filters[index - 1] ?? {})}`;
      throw failure(`${describeFilter(filter)}: expected one${before}, saw none`, entries);
    }
    found.push(entry);
    from = at + 1;
  }
  return found;
}

function failure(what: string, seen: readonly JournalEntry[]): SandboxError {
  const lines = seen.slice(0, shownAtMost).map((entry) => `  ${entryLine(entry)}`);
  const more = seen.length > shownAtMost ? [`  and ${seen.length - shownAtMost} more`] : [];
  const list = seen.length === 0 ? 'Nothing was asked at all.' : ['Seen:', ...lines, ...more].join('\n');
  return new SandboxError('EXPECTATION_FAILED', `journal: EXPECTATION_FAILED: ${what}. ${list}`);
}

function entryLine({ number, service, method, path, status, bytesIn, bytesOut, faults }: JournalEntry): string {
  const told = faults.length > 0 ? `, fault ${faults.join(', ')}` : '';
  return `${number}. ${service} ${method} ${path} -> ${status} (${bytesIn} bytes in, ${bytesOut} out${told})`;
}

function describeFilter({ service, method, path, status, after }: JournalFilter): string {
  const parts = [
    service,
    method,
    path === undefined ? undefined : String(path),
    status === undefined ? undefined : `answered ${status}`,
    after === undefined ? undefined : `after number ${after}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ') || 'all requests';
}
