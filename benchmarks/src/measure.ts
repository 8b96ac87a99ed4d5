import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxConnection } from '@tozo/sandbox';
import { answerOf, checkOut } from './fixture/app.ts';
import { interrupted, runCommand } from './process.ts';
import type { Way } from './ways/way.ts';

/** One deploy. Times are seconds; all but `build` and `push` run from the start of the first command. */
export interface Measurement {
  readonly build: number;
  readonly push: number;
  /** Until the sandbox received the request that releases the image. */
  readonly released: number;
  /** Until the app's URL answered as the new version: the whole job. */
  readonly answered: number;
  /** Until the last command ended. */
  readonly ended: number;
  /** Layers, configs and manifests that were sent to the registry. */
  readonly sentBytes: number;
}

export interface Setup {
  readonly sandbox: SandboxConnection;
  /** The app's directory, which every checkout is a copy of. */
  readonly app: string;
  /** An empty directory for this deploy. */
  readonly directory: string;
  readonly version: string;
}

const lookEveryMs = 25;
const answerWithinMs = 600_000;

/** Checks the app out with its new version, sets up a runner that holds nothing, deploys, and asks the app until it answers. */
export async function measure(way: Way, { sandbox, app, directory, version }: Setup): Promise<Measurement> {
  const { webUrl } = await sandbox.ensureApp(way.app);
  const checkout = join(directory, 'checkout');
  await checkOut(app, checkout, version);
  await using runner = await way.prepare(directory);
  await settle();

  const startedAt = Date.now();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  using watch = watchFor(webUrl, answerOf(version), elapsed);
  const deployed = await runner.deploy(checkout);
  const ended = elapsed();
  const answered = await watch.answered;
  return { ...deployed, ...(await seenBySandbox(sandbox, way.app, startedAt)), answered, ended };
}

/** What was written before is on disk, and the last runner's and dyno's clean-up is over. */
async function settle(): Promise<void> {
  await runCommand('sync', []);
  await sleep(2000, undefined, { signal: interrupted });
}

function watchFor(url: string, text: string, elapsed: () => number): Disposable & { answered: Promise<number> } {
  const over = new AbortController();
  const answered = (async () => {
    while (elapsed() * 1000 < answerWithinMs && !over.signal.aborted) {
      const answer = await fetch(url).then(
        (response) => response.text(),
        () => '',
      );
      if (answer === text) return elapsed();
      await sleep(lookEveryMs);
    }
    throw new Error(`${url} did not answer as the new version within ${answerWithinMs / 1000} s`);
  })();
  answered.catch(() => undefined);
  return { answered, [Symbol.dispose]: () => over.abort() };
}

async function seenBySandbox(
  sandbox: SandboxConnection,
  app: string,
  since: number,
): Promise<Pick<Measurement, 'released' | 'sentBytes'>> {
  const entries = (await sandbox.journal()).filter(({ time }) => Date.parse(time) >= since);
  const release = entries.find(({ method, path }) => method === 'PATCH' && path === `/apps/${app}/formation`);
  if (!release) throw new Error(`The sandbox was not asked to release ${app}`);
  const toRegistry = entries.filter(({ service, path }) => service === 'registry' && path.startsWith(`/v2/${app}/`));
  return {
    released: (Date.parse(release.time) - since) / 1000,
    sentBytes: toRegistry.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
  };
}
