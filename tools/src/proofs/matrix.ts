/** From an empty directory to a deploy, as the README says: npm, pnpm, yarn; Node 20, 22, 24; Nx 22, 23, 24. Ten minutes; less with REGEXP. */
import { runRealSuite } from '../real-suite.ts';

const [titles = ''] = process.argv.slice(2);
process.exitCode = runRealSuite('npm-registry', { MATRIX: titles }, 'the README leads');
