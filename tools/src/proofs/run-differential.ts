/** Builds 90 Dockerfiles with RUN in namespaces, by chroot and by BuildKit, and compares the images. Minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('run-differential', { RUN_CASES: 'all' });
