import type { DynoRunner } from './dyno.ts';

/** A runner that is loaded when the first dyno starts: many a sandbox never has one. */
export function lazyRunner(load: () => Promise<DynoRunner>): DynoRunner {
  let loaded: Promise<DynoRunner> | undefined;
  return {
    async start(spec) {
      return await (await (loaded ??= load())).start(spec);
    },
    async close() {
      await (await loaded)?.close();
    },
  };
}
