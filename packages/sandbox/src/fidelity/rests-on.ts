import type { JournalEntry } from '../journal/entry.ts';
import { type FidelityRow, fidelityRows } from './rows.ts';

type Exchange = Pick<JournalEntry, 'service' | 'method' | 'path'>;

interface Operation {
  readonly row: FidelityRow;
  readonly method: string;
  readonly path: RegExp;
}

let operations: readonly Operation[] | undefined;

/** Returns the rows that a request's response rested on: those of its operation. */
export function rowsOf({ service, method, path }: Exchange): FidelityRow[] {
  const [pathname = ''] = path.split('?', 1);
  const verb = method === 'HEAD' ? 'GET' : method;
  operations ??= fidelityRows().flatMap(operationsOf);
  const found = operations.filter(
    (operation) =>
      operation.row.platform === service &&
      (operation.method === '*' || operation.method === verb) &&
      operation.path.test(pathname),
  );
  return [...new Set(found.map(({ row }) => row))];
}

function operationsOf(row: FidelityRow): Operation[] {
  return row.operation.split(', ').map((operation) => {
    const [method = '', pattern = ''] = operation.split(' ');
    return { row, method, path: patternOf(pattern) };
  });
}

/** A parameter never spans a slash, except for a repository's name; `*` spans everything. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.~]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(/:(\w+)/g, (_, name: string) => (name === 'repository' ? '.+' : '[^/]+'));
  return new RegExp(`^${source}$`);
}

/** A kind of request in a journal, and the assumptions that its responses rested on. */
export interface AssumedOperation {
  /** Service, method and path with its parameters' names, as in the rows: `heroku PATCH /apps/:app/formation`. */
  readonly operation: string;
  readonly requests: number;
  readonly rows: readonly FidelityRow[];
}

/** Returns the kinds of requests that rested on assumptions, the most frequent first. */
export function assumedOperations(entries: readonly Exchange[]): AssumedOperation[] {
  const counts = new Map<string, { requests: number; rows: readonly FidelityRow[] }>();
  for (const entry of entries) {
    const rows = rowsOf(entry);
    const assumed = rows.filter(({ confidence }) => confidence === 'assumed');
    if (assumed.length === 0) continue;
    const operation = `${entry.service} ${entry.method} ${describePath(entry, rows)}`;
    const requests = (counts.get(operation)?.requests ?? 0) + 1;
    counts.set(operation, { requests, rows: assumed });
  }
  return [...counts]
    .map(([operation, { requests, rows }]) => ({ operation, requests, rows }))
    .toSorted((a, b) => b.requests - a.requests || a.operation.localeCompare(b.operation));
}

/** Returns the pattern of the row with the narrowest one that matches. */
function describePath({ path }: Exchange, rows: readonly FidelityRow[]): string {
  const [pathname = ''] = path.split('?', 1);
  const patterns = rows
    .flatMap(({ operation }) => operation.split(', ').map((one) => one.split(' ')[1] ?? ''))
    .filter((pattern) => !pattern.includes('*') && patternOf(pattern).test(pathname));
  return patterns.toSorted((a, b) => b.length - a.length)[0] ?? pathname;
}
