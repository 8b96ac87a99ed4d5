import type { Release } from '@tozo/heroku-client';
import type { Deployment } from './deployment.ts';
import { diagnose, type LogLine, parseLogLine } from './diagnose.ts';

const readLines = 200;
const shownLines = 20;

/**
 * Shows the last lines that a release's dynos logged, and returns what they say about the cause. Lines of earlier releases
 * are left out. An unreadable log is only a warning.
 */
export async function showDynoLog(
  { run, services, plan }: Deployment,
  { createdAt }: Pick<Release, 'createdAt'>,
): Promise<string | undefined> {
  try {
    const log = await services.heroku.logs.recent(plan.app, { lines: readLines, ...run.options });
    const since = Date.parse(createdAt);
    const lines = log.map(parseLogLine).filter((line): line is LogLine => line !== undefined && line.time >= since);
    const ofDynos = lines.filter(({ process }) => plan.images.some(({ type }) => process.startsWith(`${type}.`)));
    for (const { process, text } of ofDynos.slice(-shownLines)) {
      run.emit({ type: 'dyno-output', line: `${process}: ${text}` });
    }
    return diagnose(ofDynos);
  } catch (error) {
    if (run.signal?.aborted) throw error;
    run.warn(`The app's log couldn't be read: ${(error as Error).message}`);
    return undefined;
  }
}
