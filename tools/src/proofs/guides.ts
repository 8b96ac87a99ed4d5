/** Runs the commands of all guides in docs/guides. Five minutes. */
import { runDeploySuite } from '../deploy-suite.ts';

process.exitCode = runDeploySuite('guides', { GUIDES: 'all' });
