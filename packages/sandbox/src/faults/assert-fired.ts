import { SandboxError } from '../errors/sandbox-error.ts';
import { describeFault, type Faults } from './faults.ts';

/** Throws FAULTS_LEFT if a fault hasn't fired as often as configured: the test then didn't test what it meant to. */
export function assertFired(faults: Faults): void {
  const unfired = faults.unfired().map(describeFault);
  if (unfired.length === 0) return;
  throw new SandboxError(
    'FAULTS_LEFT',
    `FAULTS_LEFT: faults didn't fire as often as configured: ${unfired.join('; ')}. Clear them or fix the test.`,
  );
}
