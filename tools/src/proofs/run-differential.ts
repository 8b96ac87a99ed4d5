/** Builds 99 Dockerfiles with RUN in four ways and by BuildKit, and compares the images. Minutes; `2/12` is the second twelfth. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('run-differential', { RUN_CASES: process.argv[2] ?? 'all' });
