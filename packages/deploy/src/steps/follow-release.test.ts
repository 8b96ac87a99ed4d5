import type { FinishedRelease, HerokuClient, Release, WaitOptions } from '@tozo/heroku-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Progress } from '../report/progress.ts';
import type { DeployEvent } from '../report/events.ts';
import { releaseOf } from '../testing/observed.ts';
import { followRelease, waitForPending } from './follow-release.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const pending = (version: number, description: string) =>
  releaseOf(version, { status: 'pending', current: false, description });
const ours = pending(15, 'Deployed web (142013fe2b5c)');
const theirs = pending(14, 'Set LEVEL config vars');

/** A Heroku whose release is polled by the test. */
class Waiting {
  readonly events: DeployEvent[] = [];
  readonly heroku: HerokuClient;
  #poll: WaitOptions | undefined;
  #end: (release: FinishedRelease) => void = () => undefined;

  constructor(releases: readonly Release[]) {
    this.heroku = {
      releases: {
        list: async function* () {
          yield* releases;
        },
        waitFor: (_app: string, _version: number, options: WaitOptions) => {
          this.#poll = options;
          return new Promise((resolve) => {
            this.#end = resolve;
          });
        },
      },
      releaseOutput: async function* (_url: string, { signal }: { readonly signal: AbortSignal }) {
        while (!signal.aborted) {
          await new Promise((resolve) => setTimeout(resolve, 4000));
          yield 'migrating';
        }
      },
    } as unknown as HerokuClient;
  }

  follow(release = ours): Promise<Release> {
    return followRelease(this.heroku, 'shop', release, (event) => this.events.push(event));
  }

  /** Lets seconds pass, with a poll each. */
  async pass(seconds: number, problem?: string): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      if (problem === undefined) this.#poll!.onPoll!(ours);
      else this.#poll!.onFailedPoll!(new Error(problem) as never);
    }
  }

  end(): void {
    this.#end({ ...ours, status: 'succeeded' });
  }

  get texts(): string[] {
    return this.events.flatMap((event) => (event.type === 'waiting' ? [event.text] : []));
  }
}

test("a release that waits for someone else's says whose, once", async () => {
  const waiting = new Waiting([ours, theirs, releaseOf(13)]);
  const followed = waiting.follow();
  await waiting.pass(9);
  expect(waiting.texts).toEqual([]);
  await waiting.pass(60);
  expect(waiting.texts).toEqual(['waits for v14 of ana@example.com ("Set LEVEL config vars"), which is pending']);
  waiting.end();
  expect(await followed).toMatchObject({ version: 15, status: 'succeeded' });
});

test('a release phase that prints nothing is what is waited for', async () => {
  const waiting = new Waiting([ours, releaseOf(13)]);
  const followed = waiting.follow();
  await waiting.pass(30);
  expect(waiting.texts).toEqual(['waits for v15, which is pending']);
  waiting.end();
  await followed;
  expect(vi.getTimerCount()).toBe(0);
});

test('a release phase that prints something is not announced as well', async () => {
  const waiting = new Waiting([ours]);
  const followed = waiting.follow({ ...ours, outputStreamUrl: 'https://release-output.heroku.com/streams/1' });
  await waiting.pass(60);
  expect(waiting.events).toContainEqual({ type: 'release-output', line: 'migrating' });
  expect(waiting.texts).toEqual([]);
  waiting.end();
  await vi.advanceTimersByTimeAsync(10_000);
  await followed;
});

test("says that the status can't be read, once until it can be again", async () => {
  const waiting = new Waiting([ours]);
  const followed = waiting.follow();
  await waiting.pass(30, 'GET /apps/shop/releases/15: SERVER_ERROR: 500.');
  const unreadable = "waits for v15, whose status can't be read: GET /apps/shop/releases/15: SERVER_ERROR: 500.";
  expect(waiting.texts).toEqual([unreadable]);
  await waiting.pass(1);
  await waiting.pass(30, 'GET /apps/shop/releases/15: SERVER_ERROR: 500.');
  expect(waiting.texts).toEqual([unreadable, unreadable]);
  waiting.end();
  await followed;
});

test('says that nothing was read, if no response comes at all', async () => {
  const waiting = new Waiting([ours]);
  const followed = waiting.follow();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(waiting.texts).toContain("waits for v15, whose status hasn't been read for 10 s");
  waiting.end();
  await followed;
});

test("says at once that someone else's release is waited for, and only once", async () => {
  const waiting = new Waiting([theirs]);
  const done = waitForPending(
    new Progress((event) => waiting.events.push(event), undefined),
    waiting.heroku,
    'shop',
    theirs,
  );
  const said = ['waits for v14 of ana@example.com ("Set LEVEL config vars"), which is pending'];
  expect(waiting.texts).toEqual(said);
  await waiting.pass(30);
  expect(waiting.texts).toEqual(said);
  waiting.end();
  await done;
  expect(waiting.events.at(-1)).toMatchObject({ type: 'step-finished', summary: 'v15, which was pending, succeeded' });
});
