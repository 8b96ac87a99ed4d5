/** Pushes a 200 MB image 50 times through a proxy with random resets, stalls and slowdowns. Ten minutes. */
import { runRealSuite } from '../real-suite.ts';

const seed = process.argv[2] ?? String(Date.now() % 2 ** 31);
process.exitCode = runRealSuite('rough-push', { ROUGH_PUSHES: '50', ROUGH_MEGABYTES: '200', ROUGH_SEED: seed });
