/** From an empty directory to a deploy, as the README says: npm, pnpm, yarn; Node 20, 22, 24; Nx 22, 23, 24. Ten minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('npm-registry', { MATRIX: 'all' });
