import { SandboxError } from '../errors/sandbox-error.ts';
import { describeFault, type Faults } from './faults.ts';

/** Throws FAULTS_LEFT when a fault has not fired as often as it should: a test that believes it did proves nothing. */
export function requireFired(faults: Faults): void {
  const left = faults.left().map(describeFault);
  if (left.length === 0) return;
  throw new SandboxError('FAULTS_LEFT', `FAULTS_LEFT: set but not fired as often as they should: ${left.join('; ')}.`);
}
