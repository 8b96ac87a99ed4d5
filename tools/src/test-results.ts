/** The report of vitest's JSON reporter, as far as it is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The tests of one or more runs, by how they ended. */
export interface TestResults {
  readonly passed: number;
  /** `file: test`, or `file: why it could not run`. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * A file that failed without a failed test (it could not be loaded, or a hook threw) counts as one failure.
 * File names are given relative to `root` when they lie in it.
 */
export function testResults(reports: readonly VitestReport[], root = ''): TestResults {
  const files = reports
    .flatMap((report) => report.testResults)
    .map((file) => ({ ...file, name: file.name.startsWith(root) ? file.name.slice(root.length) : file.name }));
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ name: `${name}: ${fullName}`, status })),
  );
  const named = (wanted: (status: string) => boolean): string[] =>
    tests.filter(({ status }) => wanted(status)).map(({ name }) => name);
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: named((status) => status === 'passed').length,
    failed: [
      ...named((status) => status === 'failed'),
      ...broken.map(({ name, message }) => `${name}: ${message || 'a hook failed'}`),
    ],
    skipped: named((status) => status !== 'passed' && status !== 'failed'),
  };
}

/** Turns the skips that are not allowed into failures: where everything a test needs was installed, none may be skipped. */
export function refuseSkips(results: TestResults, allowed: Readonly<Record<string, string>>): TestResults {
  const isAllowed = (test: string): boolean => Object.keys(allowed).some((name) => test.includes(`.test.ts: ${name}`));
  const refused = results.skipped.filter((test) => !isAllowed(test));
  return {
    passed: results.passed,
    failed: [...results.failed, ...refused.map((test) => `${test}: skipped, though all it needs was installed`)],
    skipped: results.skipped.filter(isAllowed),
  };
}

/** The line that sums up a run, alone on its line. */
export function summaryLine({ passed, failed, skipped }: TestResults): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}
