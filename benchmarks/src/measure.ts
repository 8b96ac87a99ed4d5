import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxConnection } from '@tozo/sandbox';
import { responseOf, checkOut } from './fixture/app.ts';
import { interrupted, runCommand } from './process.ts';
import type { Way } from './ways/way.ts';

/** One deploy. Times are in seconds, from the start of the first command except for `build` and `push`. */
export interface Measurement {
  readonly build: number;
  readonly push: number;
  /** Until the sandbox received the request that releases the image. */
  readonly released: number;
  /** Until the app's URL responded as the new version: the whole job. */
  readonly responded: number;
  /** Until the last command ended. */
  readonly ended: number;
  /** Bytes of layers, configs and manifests sent to the registry. */
  readonly sentBytes: number;
}

export interface Setup {
  readonly sandbox: SandboxConnection;
  /** The app's directory. Every checkout is a copy of it. */
  readonly app: string;
  /** An empty directory for this deploy. */
  readonly directory: string;
  readonly version: string;
}

const pollEveryMs = 25;
const respondWithinMs = 600_000;

/** Checks out a new version of the app, sets up an empty runner, deploys, and waits until the new version responds. */
export async function measure(way: Way, { sandbox, app, directory, version }: Setup): Promise<Measurement> {
  const { webUrl } = await sandbox.ensureApp(way.app);
  const checkout = join(directory, 'checkout');
  await checkOut(app, checkout, version);
  await using runner = await way.prepare(directory);
  await settle();

  const startedAt = Date.now();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  using watch = watchFor(webUrl, responseOf(version), elapsed);
  const deployed = await runner.deploy(checkout);
  const ended = elapsed();
  const responded = await watch.responded;
  return { ...deployed, ...(await readJournal(sandbox, way.app, startedAt)), responded, ended };
}

/** Waits until earlier writes are on disk and the cleanup of the last runner and dyno is over. */
async function settle(): Promise<void> {
  await runCommand('sync', []);
  await sleep(2000, undefined, { signal: interrupted });
}

function watchFor(url: string, text: string, elapsed: () => number): Disposable & { responded: Promise<number> } {
  const over = new AbortController();
  const responded = (async () => {
    while (elapsed() * 1000 < respondWithinMs && !over.signal.aborted) {
      const body = await fetch(url).then(
        (response) => response.text(),
        () => '',
      );
      if (body === text) return elapsed();
      await sleep(pollEveryMs);
    }
    throw new Error(`${url} didn't respond as the new version within ${respondWithinMs / 1000} s`);
  })();
  responded.catch(() => undefined);
  return { responded, [Symbol.dispose]: () => over.abort() };
}

async function readJournal(
  sandbox: SandboxConnection,
  app: string,
  since: number,
): Promise<Pick<Measurement, 'released' | 'sentBytes'>> {
  const entries = (await sandbox.journal()).filter(({ time }) => Date.parse(time) >= since);
  const release = entries.find(({ method, path }) => method === 'PATCH' && path === `/apps/${app}/formation`);
  if (!release) throw new Error(`The sandbox got no request to release ${app}.`);
  const toRegistry = entries.filter(({ service, path }) => service === 'registry' && path.startsWith(`/v2/${app}/`));
  return {
    released: (Date.parse(release.time) - since) / 1000,
    sentBytes: toRegistry.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
  };
}
