/** RUNs that look for secrets, fill the disk, fork without end, never end or are killed, in namespaces, by chroot and as a user. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('run-attacks', { RUN_ATTACKS: 'all' });
