import { join } from 'node:path';
import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Suites with real parts: a database, a browser, Terraform, a Docker Engine. Each skips, with the reason, without its part. */
export default mergeConfig(shared, {
  test: {
    include: ['real/**/*.test.ts'],
    exclude: [
      // Half an hour of pipelines: npm run prove histories -- --with gitlab-ci-local
      ...(process.env['HISTORIES'] ? [] : ['real/histories.test.ts']),
      // This repository's own pipeline, four minutes: npm run prove pipeline
      ...(process.env['PIPELINES'] === 'all' ? [] : ['real/gitlab-ci.test.ts']),
      // Nine pipelines of repositories that were taken over: npm run prove take-over
      ...(process.env['TAKE_OVER'] ? [] : ['real/take-over.test.ts']),
      // npm run prove run-containers
      ...(process.env['RUN_CONTAINERS'] === 'all' ? [] : ['real/run-containers.test.ts']),
      // npm run prove run-gitlab-cache
      ...(process.env['RUN_GITLAB_CACHE'] === 'all' ? [] : ['real/run-gitlab-cache.test.ts']),
      // npm run prove infrastructure
      ...(process.env['INFRASTRUCTURE'] === 'all' ? [] : ['real/terraform-failures.test.ts']),
    ],
    globalSetup: '../vitest.compile.ts',
    env: { XDG_STATE_HOME: join(import.meta.dirname, 'out/state') },
    testTimeout: 120_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    isolate: true,
  },
});
