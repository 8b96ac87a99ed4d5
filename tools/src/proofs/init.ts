/** From an empty directory to a live app by tozo init: six frameworks; npm, pnpm, yarn; Nx. Ten minutes. Or those that match ARG. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('npm-registry', { INIT: process.argv[2] ?? 'all' }, 'tozo init');
