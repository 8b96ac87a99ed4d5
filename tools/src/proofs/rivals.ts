/** Deploys one app twice at the same time, 50 times on one machine and 50 times as if on two (RIVALS=N). Five minutes. */
import { runSuite } from '../e2e-suite.ts';

process.exitCode = runSuite('src/rivals.test.ts', { RIVALS: process.env['RIVALS'] ?? '50' });
