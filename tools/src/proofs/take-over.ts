/** Takes over a tutorial's repository with tozo init, and runs its pipeline in gitlab-ci-local. Two minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('take-over', { TAKE_OVER: 'yes' });
