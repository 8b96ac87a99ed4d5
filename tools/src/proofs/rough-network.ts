/** 50 pushes of a 200 MB image to a real registry through a proxy that resets, stalls and slows at random; about ten minutes. */
import { realSuite } from '../real-suite.ts';

const seed = process.argv[2] ?? String(Date.now() % 2 ** 31);
process.exitCode = realSuite('rough-push', { ROUGH_PUSHES: '50', ROUGH_MEGABYTES: '200', ROUGH_SEED: seed });
