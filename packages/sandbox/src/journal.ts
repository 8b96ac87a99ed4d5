import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

export type Service = 'heroku' | 'registry' | 'hub' | 'gitlab';

/** One request and its answer. */
export interface JournalEntry {
  /** ISO 8601, when the request's head had arrived. */
  readonly time: string;
  readonly service: Service;
  readonly method: string;
  /** Path and query; query values that may be secret read `[cut]`. */
  readonly path: string;
  /** 0 when the client went away before there was an answer. */
  readonly status: number;
  /** Bytes of the bodies, without heads. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the request's head to the end of the answer, in milliseconds. */
  readonly ms: number;
}

/** Which entries are meant; every given condition must hold. A string `path` must be equal, query left aside. */
export interface JournalFilter {
  readonly service?: Service;
  readonly method?: string;
  readonly path?: string | RegExp;
  readonly status?: number;
}

const keptEntries = 20_000;
/** Query parameters whose values are known to be no secret. */
const plainParameters =
  /^(digest|mount|from|n|last|tag|service|scope|page|per_page|filter\[environment_scope\]|order_by|sort|status|environment|tail|lines)$/;
const blobUpload = /^\/v2\/.+\/blobs\/uploads\//;

/** Everything the sandbox was asked, oldest first; it keeps the newest 20,000 requests. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  #underWay = 0;
  #lastActivity = Date.now();

  /** The requests that have been answered, oldest first. */
  entries(filter: JournalFilter = {}): JournalEntry[] {
    return this.#entries.filter((entry) => matches(entry, filter));
  }

  count(filter: JournalFilter = {}): number {
    return this.entries(filter).length;
  }

  /** Bytes of layers and image configs that clients sent to the registry. */
  uploadedBlobBytes(): number {
    return this.entries({ service: 'registry' })
      .filter((entry) => blobUpload.test(entry.path))
      .reduce((sum, entry) => sum + entry.bytesIn, 0);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Milliseconds since the last request; 0 while one is under way. */
  idleMs(): number {
    return this.#underWay > 0 ? 0 : Date.now() - this.#lastActivity;
  }

  isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Tells the journal of activity that is no request to a service, so that the sandbox does not count as idle. */
  touch(): void {
    this.#lastActivity = Date.now();
  }

  /** The same listener, with every request it serves written down. */
  record(service: Service, listener: RequestListener): RequestListener {
    return (request, response) => {
      const time = new Date();
      const started = performance.now();
      const bytesIn = countIncoming(request);
      const bytesOut = countOutgoing(response);
      this.#underWay++;
      response.once('close', () => {
        this.#underWay--;
        this.touch();
        this.#entries.push({
          time: time.toISOString(),
          service,
          method: request.method ?? '',
          path: withoutSecrets(request.url ?? ''),
          status: response.headersSent ? response.statusCode : 0,
          bytesIn: bytesIn(),
          bytesOut: bytesOut(),
          ms: Math.round((performance.now() - started) * 10) / 10,
        });
        if (this.#entries.length > keptEntries) this.#entries.splice(0, this.#entries.length - keptEntries);
      });
      listener(request, response);
    };
  }
}

/** A path and query with the values of all parameters cut that are not known to be harmless. */
export function withoutSecrets(url: string): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const path = url.slice(0, mark);
  const parts = url
    .slice(mark + 1)
    .split('&')
    .map((part) => {
      const [name = ''] = part.split('=', 1);
      return plainParameters.test(decodeURIComponentOr(name)) ? part : `${name}=[cut]`;
    });
  return `${path}?${parts.join('&')}`;
}

function matches(entry: JournalEntry, filter: JournalFilter): boolean {
  const path = entry.path.split('?', 1)[0] ?? '';
  return (
    (filter.service === undefined || entry.service === filter.service) &&
    (filter.method === undefined || entry.method === filter.method) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.path === undefined || (typeof filter.path === 'string' ? path === filter.path : filter.path.test(path)))
  );
}

/** Counts a request's body where the parser hands it over: a `data` listener would start the flow before its reader. */
function countIncoming(request: IncomingMessage): () => number {
  let bytes = 0;
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    bytes += chunk?.length ?? 0;
    return push(chunk, encoding);
  };
  return () => bytes;
}

function countOutgoing(response: ServerResponse): () => number {
  let bytes = 0;
  for (const method of ['write', 'end'] as const) {
    const original = response[method].bind(response) as (...args: unknown[]) => never;
    response[method] = (...args: unknown[]) => {
      const [chunk, encoding] = args;
      if (typeof chunk === 'string') bytes += Buffer.byteLength(chunk, encoding as BufferEncoding | undefined);
      else if (chunk instanceof Uint8Array) bytes += chunk.byteLength;
      return original(...args);
    };
  }
  return () => bytes;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
