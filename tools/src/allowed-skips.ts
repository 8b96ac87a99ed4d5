/** Tests of the suites with real parts that may be skipped although everything was installed, by full name, with the reason. */
export const allowedSkips: Readonly<Record<string, string>> = {};
