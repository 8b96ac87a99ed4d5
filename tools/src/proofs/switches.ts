/** Runs deploys and contracts with each of the sandbox's assumptions flipped, and with all of them. Eight minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('switches');
