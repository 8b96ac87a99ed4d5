/** Kills nine kinds of deploys after each of their requests, and runs them again. An hour; less with REGEXP-OF-KINDS [FROM-TO]. */
import { runRealSuite } from '../real-suite.ts';

const [kinds, points] = process.argv.slice(2);
process.exitCode = runRealSuite('deploy-kills', {
  KILLS: 'all',
  ...(kinds && { KILL_KINDS: kinds }),
  ...(points && { KILL_POINTS: points }),
});
