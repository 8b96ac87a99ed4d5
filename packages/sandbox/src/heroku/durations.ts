/** Timeouts and delays in milliseconds. The defaults are Heroku's. */
export interface Durations {
  /** How long a web dyno may take to accept a connection on $PORT, else R10. Default: 60 s. */
  readonly bootTimeout: number;
  /** From SIGTERM to SIGKILL. Default: 30 s. */
  readonly killAfter: number;
  /** Delays before the first, second, … restart of a crashed dyno; the last one repeats. Default: 0, 20 min, then doubling to 320 min. */
  readonly crashBackoff: readonly number[];
  /** After a dyno has run longer than this, its next crash counts as the first. Default: 20 min. */
  readonly crashMemory: number;
  /** How long a release phase may take before the release expires. Default: 1 h. */
  readonly releasePhase: number;
  /** How long an old web dyno may finish its requests once the router uses the new ones. Default: 250 ms. */
  readonly drain: number;
  /** With Preboot, from the start of new dynos until the router switches to them. Default: 3 min, the boot timeout and 120 s. */
  readonly preboot: number;
  /** How long a dyno is up before it is restarted; up to 15 % more at random. Default: 24 h. */
  readonly dynoCycle: number;
  /** How long an app's Eco dynos stay awake without a request. Default: 30 min. */
  readonly ecoSleep: number;
  /** How long a client may take to send the head of a request, to an app or a service. Default: 60 s. */
  readonly requestHead: number;
  /** How long a request may wait for a starting web dyno, else H20. Default: 75 s. */
  readonly requestQueue: number;
  /** How long a dyno may take to start its response to a request, else H12. Default: 30 s. */
  readonly requestTimeout: number;
  /** How long a connection may be idle once a response has started, else H15. Default: 55 s. */
  readonly idleConnection: number;
  /** How long an attached one-off dyno waits for its client, else R13. Default: 60 s. */
  readonly attach: number;
  /** How often the memory of a dyno in a container is compared with its quota (R14). Default: 20 s. */
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
  dynoCycle: 24 * 60 * minute,
  ecoSleep: 30 * minute,
  requestHead: minute,
  requestQueue: 75_000,
  requestTimeout: 30_000,
  idleConnection: 55_000,
  attach: minute,
  memoryCheck: 20_000,
};
