import { join } from 'node:path';
import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Whole deploys in many situations, on the sandbox. They need only Node, but take minutes. */
export default mergeConfig(shared, {
  test: {
    include: ['deploys/**/*.test.ts'],
    globalSetup: '../vitest.compile.ts',
    env: { XDG_STATE_HOME: join(import.meta.dirname, 'out/state') },
    testTimeout: 120_000,
  },
});
