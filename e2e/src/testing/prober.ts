import { get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** A response of an app, as its user sees it; `status` 0 without one. */
export interface Seen {
  /** Milliseconds since the first request. */
  readonly at: number;
  readonly status: number;
  /** The body, if it's an app's; otherwise the status or the error. */
  readonly text: string;
}

export interface Probed {
  readonly seen: readonly Seen[];
  /** Distinct responses in the order in which they first came, each with its number. */
  readonly summary: string;
  /** The longest time without a response that `isRight` accepts, in milliseconds. */
  longestGap(isRight: (seen: Seen) => boolean): number;
  /** The number of responses that `isRight` doesn't accept. */
  wrong(isRight: (seen: Seen) => boolean): number;
}

export interface Prober {
  /** Ends after one more response. */
  stop(): Promise<Probed>;
}

const pauseMs = 50;
/** Heroku's router waits as long for an app. */
const timeoutMs = 30_000;

/** Requests an app's address every 50 ms. */
export function startProber(url: string): Prober {
  const seen: Seen[] = [];
  const started = performance.now();
  let isStopped = false;
  const probing = (async () => {
    for (;;) {
      const isLast = isStopped;
      seen.push({ ...(await visit(url)), at: performance.now() - started });
      if (isLast) return;
      await sleep(pauseMs);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await probing;
      return probed(seen);
    },
  };
}

/** Requests an address once, over a connection of its own. */
export async function visit(url: string): Promise<Omit<Seen, 'at'>> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, text: body.startsWith('{') ? body : String(status) });
      });
      response.on('error', (error) => resolve({ status: 0, text: error.message }));
    });
    request.on('timeout', () => request.destroy(new Error('no response')));
    request.on('error', (error) => resolve({ status: 0, text: error.message }));
  });
}

function probed(seen: readonly Seen[]): Probed {
  return {
    seen,
    get summary() {
      const counts = new Map<string, number>();
      for (const { text } of seen) counts.set(text, (counts.get(text) ?? 0) + 1);
      return [...counts].map(([text, count]) => `${count}× ${text}`).join(', ');
    },
    longestGap(isRight) {
      const times = [0, ...seen.filter(isRight).map(({ at }) => at), seen.at(-1)?.at ?? 0];
      return Math.max(0, ...times.slice(1).map((time, index) => time - times[index]!));
    },
    wrong: (isRight) => seen.filter((one) => !isRight(one)).length,
  };
}
