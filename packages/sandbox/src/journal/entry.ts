export type Service = 'heroku' | 'registry' | 'hub' | 'gitlab';

/** The head of a request or an answer, and its body where that is short text. Secrets read `[cut]`. */
export interface JournalMessage {
  /** `HTTP/1.1` */
  readonly httpVersion: string;
  /** Names as they were written, in their order; a name may come twice. */
  readonly headers: readonly JournalHeader[];
  /** Bytes of the head: first line, headers and the empty line. */
  readonly headBytes: number;
  /** A JSON, form or other text body of at most 64 KiB; undefined for all others, and for what apps print. */
  readonly body?: string;
}

export interface JournalHeader {
  readonly name: string;
  readonly value: string;
}

/** One request and its answer. */
export interface JournalEntry {
  /** 1 for the sandbox's first request; never used twice, also after the journal was cleared. */
  readonly number: number;
  /** ISO 8601, when the request's head had arrived. */
  readonly time: string;
  readonly service: Service;
  /** Requests with the same number came over the same connection. */
  readonly connection: number;
  readonly method: string;
  /** Path and query; query values that may be secret read `[cut]`. */
  readonly path: string;
  /** The whole URL, with the host that the client named. */
  readonly url: string;
  /** 0 when the client went away, or was cut off, before there was an answer. */
  readonly status: number;
  /** Bytes of the bodies, without heads. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the request's head to the end of the answer, in milliseconds: the sum of `timings`. */
  readonly ms: number;
  /** In milliseconds: until the request's body had arrived, from there to the answer's head, from there to its end. */
  readonly timings: { readonly send: number; readonly wait: number; readonly receive: number };
  readonly request: JournalMessage;
  readonly answer: JournalMessage & { readonly statusText: string };
  /** Kinds of the faults that befell the request. */
  readonly faults: readonly string[];
}

/** Which entries are meant; every given condition must hold. A string `path` must be equal, query left aside. */
export interface JournalFilter {
  readonly service?: Service;
  readonly method?: string;
  readonly path?: string | RegExp;
  readonly status?: number;
  /** Only entries with a higher number. */
  readonly after?: number;
}

/** Uploads of layers and image configs to the registry. */
export const blobUploads: JournalFilter = { service: 'registry', path: /^\/v2\/.+\/blobs\/uploads\// };

export function matches(entry: JournalEntry, filter: JournalFilter): boolean {
  const { path } = filter;
  return matchesButPath(entry, filter) && (path === undefined || isPath(entry.path.split('?', 1)[0] ?? '', path));
}

/** Whether all conditions hold that do not need the path. */
export function matchesButPath(
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

function isPath(path: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? path === wanted : path.search(wanted) >= 0;
}
