/** How long things take; all in milliseconds. The defaults are Heroku's. */
export interface Durations {
  /** How long a web dyno may take to accept a connection on $PORT (R10 after that). Default 60 s. */
  readonly bootTimeout: number;
  /** From SIGTERM to SIGKILL. Default 30 s. */
  readonly killAfter: number;
  /** Waits before the first, second, … restart of a crashed dyno; the last one repeats. Default 0, 20 min, then doubling to 320 min. */
  readonly crashBackoff: readonly number[];
  /** How long a dyno must have been up for its next crash to count as the first. Default 20 min. */
  readonly crashMemory: number;
  /** How long a release phase may take before the release expires. Default 1 h. */
  readonly releasePhase: number;
  /** How long an old web dyno runs on once the router has turned to the new ones, for the requests that it has. Default 250 ms. */
  readonly drain: number;
  /** How long with Preboot the old dynos still answer after the new ones are up. Default 3 min. */
  readonly preboot: number;
  /** How long a dyno may take to begin its answer to a request (H12 after that). Default 30 s. */
  readonly requestTimeout: number;
  /** How long a connection may be silent once an answer has begun (H15 after that). Default 55 s. */
  readonly idleConnection: number;
  /** How often a dyno's memory is compared with its quota (R14), where dynos are containers. Default 20 s. */
  readonly memoryCheck: number;
}

const minute = 60_000;

export const herokuDurations: Durations = {
  bootTimeout: minute,
  killAfter: 30_000,
  crashBackoff: [0, 20 * minute, 40 * minute, 80 * minute, 160 * minute, 320 * minute],
  crashMemory: 20 * minute,
  releasePhase: 60 * minute,
  drain: 250,
  preboot: 3 * minute,
  requestTimeout: 30_000,
  idleConnection: 55_000,
  memoryCheck: 20_000,
};
