import { SandboxError } from '../errors/sandbox-error.ts';
import { type JournalEntry, type JournalFilter, matches } from './entry.ts';

/** Expectations about the selected requests. They throw EXPECTATION_FAILED with a list of the requests. */
export interface Expectation {
  /** Expects this number of requests and returns them. */
  exactly(count: number): JournalEntry[];
  atLeast(count: number): JournalEntry[];
  atMost(count: number): JournalEntry[];
  none(): void;
  /** Expects this total size of the request bodies and returns the requests. */
  bytesIn(bytes: number): JournalEntry[];
  /** Expects this total size of the response bodies and returns the requests. */
  bytesOut(bytes: number): JournalEntry[];
}

const maxListed = 30;

/** Checks entries without a test framework. */
export function expectRequests(entries: readonly JournalEntry[], filter: JournalFilter = {}): Expectation {
  const selected = entries.filter((entry) => matches(entry, filter));
  const check = (isMet: boolean, wanted: string, saw: string): JournalEntry[] => {
    if (isMet) return selected;
    throw expectationError(
      `${describeFilter(filter)}: expected ${wanted}, saw ${saw}`,
      selected.length > 0 ? selected : entries,
    );
  };
  const checkCount = (isMet: boolean, wanted: string) => check(isMet, wanted, String(selected.length));
  const checkBytes = (of: 'bytesIn' | 'bytesOut', bytes: number) => {
    const sum = selected.reduce((total, entry) => total + entry[of], 0);
    return check(sum === bytes, `${bytes} bytes ${of === 'bytesIn' ? 'in' : 'out'}`, String(sum));
  };
  return {
    exactly: (count) => checkCount(selected.length === count, `exactly ${count}`),
    atLeast: (count) => checkCount(selected.length >= count, `at least ${count}`),
    atMost: (count) => checkCount(selected.length <= count, `at most ${count}`),
    none: () => void checkCount(selected.length === 0, 'none'),
    bytesIn: (bytes) => checkBytes('bytesIn', bytes),
    bytesOut: (bytes) => checkBytes('bytesOut', bytes),
  };
}

/** Expects one request per filter in this order, with any others in between, and returns them. */
export function expectInOrder(entries: readonly JournalEntry[], filters: readonly JournalFilter[]): JournalEntry[] {
  const found: JournalEntry[] = [];
  let from = 0;
  for (const [index, filter] of filters.entries()) {
    const at = entries.findIndex((entry, position) => position >= from && matches(entry, filter));
    const entry = entries[at];
    if (!entry) {
      const before = index === 0 ? '' : ` after ${describeFilter(filters[index - 1] ?? {})}`;
      throw expectationError(`${describeFilter(filter)}: expected one${before}, saw none`, entries);
    }
    found.push(entry);
    from = at + 1;
  }
  return found;
}

function expectationError(what: string, seen: readonly JournalEntry[]): SandboxError {
  const lines = seen.slice(0, maxListed).map((entry) => `  ${entryLine(entry)}`);
  const more = seen.length > maxListed ? [`  and ${seen.length - maxListed} more`] : [];
  const list = seen.length === 0 ? 'There were no requests.' : ['Requests:', ...lines, ...more].join('\n');
  return new SandboxError('EXPECTATION_FAILED', `journal: EXPECTATION_FAILED: ${what}. ${list}`);
}

function entryLine({ number, service, method, path, status, bytesIn, bytesOut, faults }: JournalEntry): string {
  const hit = faults.length > 0 ? `, fault ${faults.join(', ')}` : '';
  return `${number}. ${service} ${method} ${path} -> ${status} (${bytesIn} bytes in, ${bytesOut} out${hit})`;
}

function describeFilter({ service, method, path, status, after }: JournalFilter): string {
  const parts = [
    service,
    method,
    path === undefined ? undefined : String(path),
    status === undefined ? undefined : `with status ${status}`,
    after === undefined ? undefined : `after number ${after}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ') || 'all requests';
}
