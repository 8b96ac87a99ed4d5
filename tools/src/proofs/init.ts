/** From an empty directory to a live app by tozo init: six frameworks; npm, pnpm, yarn; Nx. Ten minutes. Or those that match ARG. */
import { runRealSuite } from '../real-suite.ts';

const [titles = ''] = process.argv.slice(2);
process.exitCode = runRealSuite('npm-registry', { INIT: titles }, 'tozo init');
