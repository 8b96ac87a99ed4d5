import type { IncomingMessage, RequestListener } from 'node:http';
import { blobUploads, type JournalEntry, type JournalFilter, matches, matchesButPath, type Service } from './entry.ts';
import { type Expectation, expectInOrder, expectRequests } from './expect.ts';
import { type Har, toHar } from './har.ts';
import { type Recording, type TextChunks, watchExchange } from './recording.ts';
import { type Redactor, redactor } from './redact.ts';
import { secretsCutter } from './secrets.ts';
import { shownEntry } from './redact-entry.ts';

export type { JournalEntry, JournalFilter, Service } from './entry.ts';

export interface JournalLimits {
  /** Default 20,000. */
  readonly entries?: number;
  /** Of all headers and bodies together, in bytes. Default 32 MiB. */
  readonly bytes?: number;
}

const noFaults: readonly string[] = [];

interface Kept {
  recording: Recording;
  /** Bytes of its heads and bodies; 0 once those were given up. */
  weight: number;
  /** Made when somebody looks: cutting secrets out costs more than the recording. */
  shown: JournalEntry | undefined;
}

/**
 * Everything the sandbox was asked, oldest first: the newest 20,000 requests, and the headers and bodies of so many of
 * them as take 32 MiB. What it shows holds no secret.
 */
export class Journal {
  readonly #limits: Required<JournalLimits>;
  readonly #secrets: Set<string>;
  readonly #faults = new WeakMap<IncomingMessage, string[]>();
  #kept: Kept[] = [];
  #redact: Redactor | undefined;
  #last = 0;
  #weight = 0;
  /** How many of the oldest have given up their headers and bodies. */
  #light = 0;
  #underWay = 0;
  #whenSettled: (() => void)[] = [];
  #lastActivity = Date.now();

  /** @param secrets are cut wherever they stand, besides those that their place tells of */
  constructor(secrets: Iterable<string> = [], { entries = 20_000, bytes = 32 * 1024 * 1024 }: JournalLimits = {}) {
    this.#secrets = new Set(secrets);
    this.#limits = { entries, bytes };
  }

  /** The requests that have been answered, oldest first. */
  entries(filter: JournalFilter = {}): JournalEntry[] {
    this.#redact ??= redactor(secretsCutter([...this.#secrets]));
    const redact = this.#redact;
    const meant = this.#kept.slice(-this.#limits.entries).filter((kept) => matchesButPath(kept.recording, filter));
    const shown = meant.map((kept) => (kept.shown ??= shownEntry(kept.recording, redact)));
    return filter.path === undefined ? shown : shown.filter((entry) => matches(entry, filter));
  }

  get size(): number {
    return Math.min(this.#kept.length, this.#limits.entries);
  }

  count(filter: JournalFilter = {}): number {
    return this.entries(filter).length;
  }

  /** Bytes of layers and image configs that clients sent to the registry. */
  uploadedBlobBytes(): number {
    return this.entries(blobUploads).reduce((sum, entry) => sum + entry.bytesIn, 0);
  }

  /** For tests: `journal.expect({ method: 'PATCH' }).exactly(1)` throws, and lists what was seen, when it is not so. */
  expect(filter: JournalFilter = {}): Expectation {
    return expectRequests(this.entries(), filter);
  }

  /** For tests: one request for each filter, in this order; others may stand between them. */
  expectInOrder(...filters: readonly JournalFilter[]): JournalEntry[] {
    return expectInOrder(this.entries(), filters);
  }

  /** As HTTP Archive 1.2. */
  har(filter: JournalFilter = {}): Har {
    return toHar(this.entries(filter));
  }

  /** Resolves once no request is under way: those whose client went away are then written down too. */
  async settled(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }

  clear(): void {
    this.#kept = [];
    this.#weight = this.#light = 0;
  }

  /** Cuts a secret wherever it stands, from now on. */
  hide(secret: string): void {
    this.#secrets.add(secret);
    this.#redact = undefined;
    for (const kept of this.#kept) kept.shown = undefined;
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
      const ended = watchExchange(service, request, response);
      this.#underWay++;
      response.once('close', () => {
        this.#keep(ended(++this.#last, this.#faults.get(request) ?? noFaults));
        this.touch();
        if (--this.#underWay > 0) return;
        for (const resolve of this.#whenSettled.splice(0)) resolve();
      });
      listener(request, response);
    };
  }

  /** Writes down that a fault befalls a request that is under way. */
  noteFault(request: IncomingMessage, kind: string): void {
    this.#faults.set(request, [...(this.#faults.get(request) ?? []), kind]);
  }

  #keep(recording: Recording): void {
    const weight = weightOf(recording);
    this.#kept.push({ recording, weight, shown: undefined });
    this.#weight += weight;
    this.#forgetOldest();
    while (this.#weight > this.#limits.bytes && this.#light < this.#kept.length) this.#lightenOldest();
  }

  /** Many at a time: to take off the first of so many moves all others. */
  #forgetOldest(): void {
    const many = Math.ceil(this.#limits.entries / 10);
    if (this.#kept.length < this.#limits.entries + many) return;
    for (const { weight } of this.#kept.splice(0, many)) this.#weight -= weight;
    this.#light = Math.max(0, this.#light - many);
  }

  #lightenOldest(): void {
    const kept = this.#kept[this.#light++];
    if (!kept) return;
    this.#weight -= kept.weight;
    kept.weight = 0;
    const { recording } = kept;
    const answerHead = recording.answerHead.split('\r\n', 1)[0] ?? '';
    kept.recording = { ...recording, requestHeaders: [], requestBody: undefined, answerHead, answerBody: undefined };
    kept.shown = undefined;
  }
}

function weightOf({ target, requestHeaders, requestBody, answerHead, answerBody }: Recording): number {
  const headers = requestHeaders.reduce((sum, text) => sum + text.length, target.length);
  return headers + answerHead.length + lengthOf(requestBody) + lengthOf(answerBody);
}

function lengthOf(chunks: TextChunks = []): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
