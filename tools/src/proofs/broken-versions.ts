/** Deploys a broken version in all 40 ways: five kinds, Preboot, marker, config var. Prints a table. Three minutes. */
import { runDeploySuite } from '../deploy-suite.ts';

process.exitCode = runDeploySuite('broken-versions', { BROKEN_VERSIONS: 'all' });
