import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { Emit } from '../events.ts';

/** How long the rest of the output may take once the status is final. */
const lastOutputMs = 1000;
const loggedLines = 200;

/** What a release phase prints, shown while it runs. */
export interface ReleaseOutput {
  /** Call it once the release's status is final: shows what is missing still. */
  end(): Promise<void>;
}

/**
 * Shows a release's output from its stream; when that brought nothing, from the app's log: Heroku streams only what images
 * with curl print. Output that cannot be had is a warning at most.
 */
export function showReleaseOutput(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  signal?: AbortSignal,
): ReleaseOutput {
  const over = new AbortController();
  const options = { signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal };
  const streamed = showStream(heroku, release, emit, options);
  return {
    async end() {
      const timer = setTimeout(() => over.abort(), lastOutputMs);
      const lines = await streamed;
      clearTimeout(timer);
      if (lines === 0 && release.outputStreamUrl && !signal?.aborted) await showLog(heroku, app, release, emit, signal);
    },
  };
}

/** Gives the number of lines that it showed. */
async function showStream(
  heroku: HerokuClient,
  { outputStreamUrl }: Release,
  emit: Emit,
  options: { signal: AbortSignal },
): Promise<number> {
  let lines = 0;
  if (!outputStreamUrl) return lines;
  try {
    for await (const line of heroku.releaseOutput(outputStreamUrl, options)) {
      emit({ type: 'release-output', line });
      lines += 1;
    }
  } catch (error) {
    if (!options.signal.aborted)
      emit({ type: 'warning', text: `The release's output was cut off: ${(error as Error).message}` });
  }
  return lines;
}

async function showLog(
  heroku: HerokuClient,
  app: string,
  { createdAt }: Release,
  emit: Emit,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const log = await heroku.logs.recent(app, { lines: loggedLines, source: 'app', ...(signal ? { signal } : {}) });
    for (const entry of log) {
      const line = printedByReleasePhase(entry, createdAt);
      if (line !== undefined) emit({ type: 'release-output', line });
    }
  } catch (error) {
    emit({ type: 'warning', text: `The release's output could not be read: ${(error as Error).message}` });
  }
}

/** From `2026-01-02T03:04:05.678000+00:00 app[release.1234]: TEXT`, if it is not older than the release. */
function printedByReleasePhase(entry: string, since: string): string | undefined {
  const [, time = '', text] = /^(\S+) app\[release\.\d+\]: (.*)$/.exec(entry) ?? [];
  return Date.parse(time) >= Date.parse(since) ? text : undefined;
}
