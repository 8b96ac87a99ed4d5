import type { IncomingMessage, RequestListener } from 'node:http';
import {
  blobUploads,
  type JournalEntry,
  type JournalFilter,
  type JournalWrite,
  matches,
  matchesExceptPath,
  type Service,
  writesIn,
} from './entry.ts';
import { type Expectation, expectInOrder, expectRequests } from './expect.ts';
import { type Har, toHar } from './har.ts';
import { type Recording, type TextChunks, watchExchange } from './recording.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { redactEntry } from './redact-entry.ts';
import { createSecretRedactor } from './secrets.ts';

export type { JournalEntry, JournalFilter, Service } from './entry.ts';

export interface JournalLimits {
  /** Default: 20,000. */
  readonly entries?: number;
  /** The total size of headers and bodies. Default: 32 MiB. */
  readonly bytes?: number;
}

const noFaults: readonly string[] = [];

interface StoredRecording {
  recording: Recording;
  /** The size of its heads and bodies; 0 after they were dropped. */
  bytes: number;
  /** Created on demand because redaction costs more than the recording. */
  entry: JournalEntry | undefined;
}

/**
 * The requests to the sandbox, oldest first, with secrets redacted. Keeps the newest 20,000 requests, and up to 32 MiB of
 * their headers and bodies.
 */
export class Journal {
  readonly #limits: Required<JournalLimits>;
  readonly #secrets: Set<string>;
  readonly #faults = new WeakMap<IncomingMessage, string[]>();
  #stored: StoredRecording[] = [];
  #redact: Redactor | undefined;
  #lastNumber = 0;
  #bytes = 0;
  /** The number of oldest recordings whose headers and bodies were dropped. */
  #dropped = 0;
  #open = 0;
  #whenSettled: (() => void)[] = [];
  #lastActivity = Date.now();

  /** @param secrets redacted everywhere, in addition to values in known headers and fields */
  constructor(secrets: Iterable<string> = [], { entries = 20_000, bytes = 32 * 1024 * 1024 }: JournalLimits = {}) {
    this.#secrets = new Set(secrets);
    this.#limits = { entries, bytes };
  }

  /** Returns the finished requests, oldest first. */
  entries(filter: JournalFilter = {}): JournalEntry[] {
    this.#redact ??= createRedactor(createSecretRedactor([...this.#secrets]));
    const redact = this.#redact;
    const newest = this.#stored.slice(-this.#limits.entries);
    const selected = newest.filter(({ recording }) => matchesExceptPath(recording, filter));
    const entries = selected.map((stored) => (stored.entry ??= redactEntry(stored.recording, redact)));
    return filter.path === undefined ? entries : entries.filter((entry) => matches(entry, filter));
  }

  /** Returns the requests that may have changed something, with their bodies' JSON. */
  writes(filter: JournalFilter = {}): JournalWrite[] {
    return writesIn(this.entries(filter));
  }

  get size(): number {
    return Math.min(this.#stored.length, this.#limits.entries);
  }

  count(filter: JournalFilter = {}): number {
    return this.entries(filter).length;
  }

  /** Returns the size of the layers and image configs that clients sent to the registry. */
  uploadedBlobBytes(): number {
    return this.entries(blobUploads).reduce((sum, entry) => sum + entry.bytesIn, 0);
  }

  /** For tests: `journal.expect({ method: 'PATCH' }).exactly(1)` throws with a list of the requests unless it holds. */
  expect(filter: JournalFilter = {}): Expectation {
    return expectRequests(this.entries(), filter);
  }

  /** For tests: expects one request per filter in this order, with any others in between. */
  expectInOrder(...filters: readonly JournalFilter[]): JournalEntry[] {
    return expectInOrder(this.entries(), filters);
  }

  /** Returns an HTTP Archive 1.2. */
  har(filter: JournalFilter = {}): Har {
    return toHar(this.entries(filter));
  }

  /** Resolves when no request is open. Until then, requests whose client disconnected may be missing. */
  async settled(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }

  clear(): void {
    this.#stored = [];
    this.#bytes = this.#dropped = 0;
  }

  /** Redacts one more secret everywhere. */
  hide(secret: string): void {
    this.#secrets.add(secret);
    this.#redact = undefined;
    for (const stored of this.#stored) stored.entry = undefined;
  }

  /** Returns the milliseconds since the last request; 0 while one is open. */
  idleMs(): number {
    return this.#open > 0 ? 0 : Date.now() - this.#lastActivity;
  }

  isBusy(): boolean {
    return this.#open > 0;
  }

  /** Resets the idle time after activity other than a request to a service. */
  touch(): void {
    this.#lastActivity = Date.now();
  }

  /** Returns the listener with its requests recorded. */
  record(service: Service, listener: RequestListener): RequestListener {
    return (request, response) => {
      const finish = watchExchange(service, request, response);
      this.#open++;
      response.once('close', () => {
        this.#store(finish(++this.#lastNumber, this.#faults.get(request) ?? noFaults));
        this.touch();
        if (--this.#open > 0) return;
        for (const resolve of this.#whenSettled.splice(0)) resolve();
      });
      listener(request, response);
    };
  }

  /** Records that a fault hits an open request. */
  noteFault(request: IncomingMessage, kind: string): void {
    this.#faults.set(request, [...(this.#faults.get(request) ?? []), kind]);
  }

  #store(recording: Recording): void {
    const bytes = sizeOf(recording);
    this.#stored.push({ recording, bytes, entry: undefined });
    this.#bytes += bytes;
    this.#removeOldest();
    while (this.#bytes > this.#limits.bytes && this.#dropped < this.#stored.length) this.#dropOldestContents();
  }

  /** Removes many at a time because each removal moves the rest of the array. */
  #removeOldest(): void {
    const count = Math.ceil(this.#limits.entries / 10);
    if (this.#stored.length < this.#limits.entries + count) return;
    for (const { bytes } of this.#stored.splice(0, count)) this.#bytes -= bytes;
    this.#dropped = Math.max(0, this.#dropped - count);
  }

  #dropOldestContents(): void {
    const stored = this.#stored[this.#dropped++];
    if (!stored) return;
    this.#bytes -= stored.bytes;
    stored.bytes = 0;
    const { recording } = stored;
    const responseHead = recording.responseHead.split('\r\n', 1)[0] ?? '';
    stored.recording = {
      ...recording,
      requestHeaders: [],
      requestBody: undefined,
      responseHead,
      responseBody: undefined,
    };
    stored.entry = undefined;
  }
}

function sizeOf({ target, requestHeaders, requestBody, responseHead, responseBody }: Recording): number {
  const headers = requestHeaders.reduce((sum, text) => sum + text.length, target.length);
  return headers + responseHead.length + lengthOf(requestBody) + lengthOf(responseBody);
}

function lengthOf(chunks: TextChunks = []): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
