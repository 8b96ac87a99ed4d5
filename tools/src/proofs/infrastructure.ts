/** Runs locks, cut connections and failures half-way of tozo infrastructure with the real terraform, and 20 take-overs of each kind. Ten minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode =
  runRealSuite('terraform-failures', { INFRASTRUCTURE: 'all' }) ||
  runRealSuite('terraform-takeover', { TAKE_OVER_ROUNDS: '20' });
