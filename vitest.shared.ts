import { basename } from 'node:path';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const project = basename(process.cwd());
const reports = process.env['TEST_REPORTS'];

/**
 * What the tests of every project share: they run against the sources of sibling packages, and when TEST_REPORTS names a
 * folder each run leaves its results there as JSON, from which the one line that sums up a whole run is made.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['@tozo/source', ...defaultServerConditions] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The tests share nothing but processes: loading every module anew for each file would take longer than the tests.
    isolate: false,
    // A shared CI machine may stall for longer than any sensible limit; a real failure fails twice.
    retry: process.env['CI'] ? 1 : 0,
    reporters: reports ? ['default', 'json'] : ['default'],
    outputFile: reports ? { json: `${reports}/${process.env['TEST_SUITE'] ?? 'test'}-${project}.json` } : {},
  },
});
