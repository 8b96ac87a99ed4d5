import { otherAssumptions } from '@tozo/sandbox';
import { deployContract } from './deploy-contract.ts';

/* deploy-sandbox.test.ts has the defaults, real/switches.test.ts each switch alone. */
deployContract('the sandbox with all assumptions the other way', otherAssumptions);
