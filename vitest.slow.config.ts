import { configDefaults, defineConfig } from 'vitest/config';
import shared from './vitest.shared.ts';

/** The tests that start many processes or wait for the platforms' time limits. They need only Node, but take minutes. */
export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ['src/**/*.slow.test.ts'], exclude: configDefaults.exclude },
});
