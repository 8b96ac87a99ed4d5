import { join } from 'node:path';
import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Suites that need only Node. Those with real parts have their own configuration. */
export default mergeConfig(shared, {
  test: {
    include: ['src/**/*.test.ts'],
    globalSetup: '../vitest.compile.ts',
    env: { XDG_STATE_HOME: join(import.meta.dirname, 'out/state') },
  },
});
