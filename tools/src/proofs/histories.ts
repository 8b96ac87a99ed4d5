/** Lives through 30 histories with tozo's rule and with two published recipes, and counts what ends right. Two minutes. */
import { runDeploySuite } from '../deploy-suite.ts';

process.exitCode = runDeploySuite('histories', { HISTORIES: 'all' });
