export type Service = 'heroku' | 'registry' | 'hub' | 'gitlab';

/** The head of a request or response, and its body if it is short text. Secrets read `[REDACTED]`. */
export interface JournalMessage {
  /** `HTTP/1.1` */
  readonly httpVersion: string;
  /** In the order sent, with the names as sent; a name may occur twice. */
  readonly headers: readonly JournalHeader[];
  /** The size of the head: first line, headers and empty line. */
  readonly headBytes: number;
  /** A JSON, form or other text body of at most 64 KiB. Undefined for other bodies and for apps' output. */
  readonly body?: string;
}

export interface JournalHeader {
  readonly name: string;
  readonly value: string;
}

/** A request and its response. */
export interface JournalEntry {
  /** Counts the sandbox's requests from 1 and continues after the journal is cleared. */
  readonly number: number;
  /** ISO 8601: when the request's head arrived. */
  readonly time: string;
  readonly service: Service;
  /** Requests over the same connection have the same number. */
  readonly connection: number;
  readonly method: string;
  /** Path and query; query values that may be secret read `[REDACTED]`. */
  readonly path: string;
  /** The whole URL with the client's Host header. */
  readonly url: string;
  /** 0 if the connection ended before the response. */
  readonly status: number;
  /** The sizes of the bodies, without heads. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds from the request's head to the end of the response: the sum of `timings`. */
  readonly ms: number;
  /** Milliseconds to the end of the request's body, then to the response's head, then to the response's end. */
  readonly timings: { readonly send: number; readonly wait: number; readonly receive: number };
  readonly request: JournalMessage;
  readonly answer: JournalMessage & { readonly statusText: string };
  /** The kinds of the faults that hit the request. */
  readonly faults: readonly string[];
}

/** Selects entries that meet all conditions. A string `path` must equal the path without its query. */
export interface JournalFilter {
  readonly service?: Service;
  readonly method?: string;
  readonly path?: string | RegExp;
  readonly status?: number;
  /** Only entries with a higher number. */
  readonly after?: number;
}

/** Selects uploads of layers and image configs to the registry. */
export const blobUploads: JournalFilter = { service: 'registry', path: /^\/v2\/.+\/blobs\/uploads\// };

export function matches(entry: JournalEntry, filter: JournalFilter): boolean {
  const { path } = filter;
  return (
    matchesExceptPath(entry, filter) && (path === undefined || matchesPath(entry.path.split('?', 1)[0] ?? '', path))
  );
}

/** Checks all conditions except the path. */
export function matchesExceptPath(
  entry: Pick<JournalEntry, 'number' | 'service' | 'method' | 'status'>,
  filter: JournalFilter,
): boolean {
  return (
    (filter.service === undefined || entry.service === filter.service) &&
    (filter.method === undefined || entry.method === filter.method) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.after === undefined || entry.number > filter.after)
  );
}

function matchesPath(path: string, pattern: string | RegExp): boolean {
  return typeof pattern === 'string' ? path === pattern : path.search(pattern) >= 0;
}

/** A request that may have changed something. */
export interface JournalWrite {
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The body's JSON, or its text if it is none, without secrets; undefined for no or a long or binary body. */
  readonly body: unknown;
}

/** Returns the requests among these that may have changed something, for comparison with a plan. */
export function writesIn(entries: readonly JournalEntry[]): JournalWrite[] {
  return entries
    .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
    .map(({ service, method, path, status, request }) => ({
      service,
      method,
      path,
      status,
      body: parse(request.body),
    }));
}

function parse(body: string | undefined): unknown {
  if (body === undefined || body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
