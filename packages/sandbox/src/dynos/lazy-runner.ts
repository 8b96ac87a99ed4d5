import type { DynoRunner } from './dyno.ts';

/** Returns a runner that loads when the first dyno starts: many sandboxes never start one. */
export function lazyRunner(load: () => Promise<DynoRunner>): DynoRunner {
  let loaded: Promise<DynoRunner> | undefined;
  return {
    async start(spec) {
      return await (await (loaded ??= load())).start(spec);
    },
    kill() {
      void loaded?.then((runner) => runner.kill());
    },
    async close() {
      await (await loaded)?.close();
    },
  };
}
