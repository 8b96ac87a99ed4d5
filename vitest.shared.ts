import { basename, join } from 'node:path';
import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { RetryReporter } from './tools/src/retry-reporter.ts';

const project = basename(process.cwd());
const reports = process.env['TEST_REPORTS'];
const report = `${reports}/${process.env['TEST_SUITE'] ?? 'test'}-${project}`;

/**
 * The configuration that all projects share. Tests run against the sources of sibling packages. With TEST_REPORTS, each run
 * writes its results as JSON into that directory, where tools/src/test-summary.ts adds them up.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['@tozo/source', ...defaultServerConditions] } },
  test: {
    // `test-slow` runs these, by vitest.slow.config.ts.
    exclude: [...configDefaults.exclude, '**/*.slow.test.ts'],
    // What started the tests, such as npx, isn't what a test starts: the advice of tozo names commands as a shell finds them.
    env: { npm_config_user_agent: '' },
    globalSetup: [join(import.meta.dirname, 'vitest.temporary.ts')],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As patient as the tests: the default of one second is too short for a busy machine.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    // Tests share nothing but the process: loading all modules again for each file would take longer than the tests.
    isolate: false,
    // In CI a retry tells a flaky test from a broken one. Both fail the run.
    retry: process.env['CI'] ? 1 : 0,
    reporters: reports ? ['default', 'json', new RetryReporter(`${report}.retries.json`)] : ['default'],
    outputFile: reports ? { json: `${report}.json` } : {},
  },
});
