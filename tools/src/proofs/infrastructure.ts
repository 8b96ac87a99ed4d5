/** Runs locks, cut connections and failures half-way of tozo infrastructure with the real terraform. Two minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('terraform-failures', { INFRASTRUCTURE: 'all' });
