import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Suites that need nothing but Node; those with real parts have a configuration of their own. */
export default mergeConfig(shared, { test: { include: ['src/**/*.test.ts'], globalSetup: '../vitest.compile.ts' } });
