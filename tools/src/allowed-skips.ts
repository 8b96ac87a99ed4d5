/**
 * Tests of the suites with real parts that may be skipped although everything that Debian has was installed: the start of
 * their full names, with the reason.
 */
export const allowedSkips: Readonly<Record<string, string>> = {
  'the real terraform': 'Debian has no package of it',
};
