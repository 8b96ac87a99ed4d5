import type { HerokuClient, Release, WaitOptions } from '@tozo/heroku-client';
import { isPending } from '../outcome/observations.ts';
import type { Emit } from '../report/events.ts';
import { readReleases } from '../state/releases.ts';

/** Milliseconds without news after which a person wonders what a deploy is doing. */
const patience = 10_000;

interface WaitWatch extends Required<Pick<WaitOptions, 'onPoll' | 'onFailedPoll'>> {
  /** Notes that the release printed something. */
  onOutput(): void;
  end(): void;
}

/**
 * Says once what the wait for a release without output is about: its own end, or that of an earlier one that is pending. Says
 * too that its status can't be read any more, once until it can be again.
 * @param isAnnounced whether the wait was announced already
 */
export function watchWait(
  heroku: HerokuClient,
  app: string,
  release: Release,
  emit: Emit,
  isAnnounced: boolean,
): WaitWatch {
  const ended = new AbortController();
  let problem: string | undefined;
  let isSaid = isAnnounced;
  const sayWait = async (): Promise<void> => {
    if (isSaid || problem !== undefined) return;
    isSaid = true;
    const releases = await readReleases(heroku, app, { signal: ended.signal }).catch(() => []);
    const first = releases.findLast((other) => isPending(other) && other.version < release.version);
    const text = first ? waitText(first) : `waits for v${release.version}, which is pending`;
    if (!ended.signal.aborted) emit({ type: 'waiting', text });
  };
  const sayProblem = (): void => {
    const why = problem === undefined ? "hasn't been read for 10 s" : `can't be read: ${problem}`;
    emit({ type: 'waiting', text: `waits for v${release.version}, whose status ${why}` });
  };
  const quiet = setTimeout(() => void sayWait(), patience);
  const unread = setTimeout(sayProblem, patience);
  return {
    onPoll() {
      problem = undefined;
      unread.refresh();
    },
    onFailedPoll({ message }) {
      problem = message;
    },
    onOutput() {
      quiet.refresh();
    },
    end() {
      clearTimeout(quiet);
      clearTimeout(unread);
      ended.abort();
    },
  };
}

/** `waits for v8 of ana@example.com ("Set LOG_LEVEL config vars"), which is pending`. */
export function waitText({ version, user, description }: Release): string {
  const whose = `${user ? ` of ${user}` : ''}${description ? ` ("${description}")` : ''}`;
  return `waits for v${version}${whose}, which is pending`;
}
