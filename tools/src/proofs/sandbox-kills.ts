/** Kills the sandbox at 50 random moments of pushes and releases (SANDBOX_KILLS=N). Two minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('sandbox-killed', { SANDBOX_KILLS: process.env['SANDBOX_KILLS'] ?? '50' });
