/** Kills nine kinds of deploys after each of their requests, by SIGKILL and by SIGTERM, and runs them again. An hour. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('deploy-kills', { KILLS: 'all' });
