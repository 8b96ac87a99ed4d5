/** Builds 372 Dockerfiles and 404 ignore files directly and with BuildKit, of which CI builds a sample. Six minutes. */
import { runRealSuite } from '../real-suite.ts';

const all = { DIRECT_BUILDER: 'all' };
process.exitCode = runRealSuite('direct-builder', all) || runRealSuite('direct-builder-ignore', all);
