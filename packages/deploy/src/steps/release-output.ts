import type { HerokuClient, Release } from '@tozo/heroku-client';
import type { Emit } from '../report/events.ts';
import { parseLogLine } from './diagnose.ts';

/** How long the rest of the output may take after the final status. */
const lastOutputMs = 1000;
const logLines = 200;

/** The output of a release phase, shown while it runs. */
export interface ReleaseOutput {
  /** Shows the rest of the output. Call it after the release's final status. */
  end(): Promise<void>;
}

/**
 * Shows a release's output from its stream. If the stream brings nothing, shows it from the app's log: Heroku streams the
 * output only of images that contain curl. Unreadable output is only a warning.
 */
export function showReleaseOutput(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  signal?: AbortSignal,
): ReleaseOutput {
  const ended = new AbortController();
  const options = { signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal };
  const streamed = showStream(heroku, release, emit, options);
  return {
    async end() {
      const timer = setTimeout(() => ended.abort(), lastOutputMs);
      const lines = await streamed;
      clearTimeout(timer);
      if (lines === 0 && release.outputStreamUrl && !signal?.aborted) await showLog(heroku, app, release, emit, signal);
    },
  };
}

/** Returns the number of lines shown. */
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
    const log = await heroku.logs.recent(app, { lines: logLines, source: 'app', ...(signal ? { signal } : {}) });
    for (const entry of log) {
      const line = releasePhaseLine(entry, createdAt);
      if (line !== undefined) emit({ type: 'release-output', line });
    }
  } catch (error) {
    emit({ type: 'warning', text: `The release's output couldn't be read: ${(error as Error).message}` });
  }
}

/** Returns what a release phase logged, unless the entry is another process's or older than the release. */
function releasePhaseLine(entry: string, since: string): string | undefined {
  const line = parseLogLine(entry);
  const isOfPhase = line?.source === 'app' && /^release\.\d+$/.test(line.process);
  return isOfPhase && line.time >= Date.parse(since) ? line.text : undefined;
}
