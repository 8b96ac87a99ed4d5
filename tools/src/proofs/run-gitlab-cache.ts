/** Results of RUN in the registry of a GitLab project: written by a job without the key, reused by the deploy with the key. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('run-gitlab-cache', { RUN_GITLAB_CACHE: 'all' });
