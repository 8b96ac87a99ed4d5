/** The most memory that a push of one layer of 5 GiB takes, cold and warm; about three minutes. */
import { realSuite } from '../real-suite.ts';

process.exitCode = realSuite('memory', { LAYER_MEBIBYTES: process.env['LAYER_MEBIBYTES'] ?? '5120' });
