import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Suites with real parts: a database, a browser, Terraform, a Docker Engine. Each skips, and says why, when its part is absent. */
export default mergeConfig(shared, {
  test: {
    include: ['real/**/*.test.ts'],
    globalSetup: '../vitest.compile.ts',
    testTimeout: 120_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    isolate: true,
  },
});
