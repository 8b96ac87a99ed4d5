/** Deploys one app twice at the same time, 50 times on one machine and 50 times as if on two (RIVALS=N). Five minutes. */
import { runDeploySuite } from '../deploy-suite.ts';

process.exitCode = runDeploySuite('rivals', { RIVALS: process.env['RIVALS'] ?? '50' });
