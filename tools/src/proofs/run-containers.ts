/** Builds the tutorial's Dockerfile in containers of Docker Engine 26, as root and as a user, with and without newuidmap. A minute. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('run-containers', { RUN_CONTAINERS: 'all' });
