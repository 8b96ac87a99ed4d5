/** Measures the peak memory of pushing a 5 GiB layer, cold and warm. Three minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('memory', { LAYER_MEBIBYTES: process.env['LAYER_MEBIBYTES'] ?? '5120' });
