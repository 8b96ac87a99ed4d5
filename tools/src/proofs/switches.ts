/** Deploys and contracts with each of the sandbox's assumptions flipped alone, and all of them; about two minutes. */
import { realSuite } from '../real-suite.ts';

process.exitCode = realSuite('switches');
