/** The sandbox killed at 50 random moments of pushes and releases (SANDBOX_KILLS for another number); about two minutes. */
import { realSuite } from '../real-suite.ts';

process.exitCode = realSuite('sandbox-killed', { SANDBOX_KILLS: process.env['SANDBOX_KILLS'] ?? '50' });
