/** The tests of the real suites that CI may skip, by the start of their full names, with the reason. */
export const allowedSkips: Readonly<Record<string, string>> = {
  'a deploy of a Dockerfile with RUN without Docker': 'only root executes RUN',
  'the real terraform': 'Debian has no package of it',
  'tozo infrastructure with the real terraform': 'Debian has no package of it',
};
