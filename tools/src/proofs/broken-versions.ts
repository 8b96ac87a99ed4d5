/** Deploys a broken version in all 40 ways: five kinds, Preboot, marker, config var. Prints a table. Three minutes. */
import { runSuite } from '../e2e-suite.ts';

process.exitCode = runSuite('src/broken-versions.test.ts', { BROKEN_VERSIONS: 'all' });
