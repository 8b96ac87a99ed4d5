/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** What `RetryReporter` writes. */
export interface RetryReport {
  readonly retried: readonly RetriedTest[];
}

export interface RetriedTest {
  readonly file: string;
  readonly test: string;
}

/** The tests of one or more runs. A test is named `file: test`, a file that couldn't run `file: reason`. */
export interface TestResults {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * Adds up reports. A file that failed without a failed test counts as one failure: it couldn't be loaded, or a hook threw.
 * Paths inside `root` become relative to it.
 */
export function testResults(reports: readonly VitestReport[], root = ''): TestResults {
  const files = reports
    .flatMap((report) => report.testResults)
    .map((file) => ({ ...file, name: relativePath(file.name, root) }));
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ name: `${name}: ${fullName}`, status })),
  );
  const named = (isWanted: (status: string) => boolean): string[] =>
    tests.filter(({ status }) => isWanted(status)).map(({ name }) => name);
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

/** Returns the retried tests, each as `file: test`. */
export function retriedTests(reports: readonly RetryReport[], root = ''): string[] {
  return reports
    .flatMap((report) => report.retried)
    .map(({ file, test }) => `${relativePath(file, root)}: ${test}`)
    .toSorted();
}

/** Turns skips into failures, except the allowed ones: the real suites must not skip when their parts are installed. */
export function refuseSkips(results: TestResults, allowed: Readonly<Record<string, string>>): TestResults {
  const isAllowed = (test: string): boolean => Object.keys(allowed).some((name) => test.includes(`.test.ts: ${name}`));
  const refused = results.skipped.filter((test) => !isAllowed(test));
  return {
    passed: results.passed,
    failed: [
      ...results.failed,
      ...refused.map((test) => `${test}: skipped, although everything it needs is installed`),
    ],
    skipped: results.skipped.filter(isAllowed),
  };
}

/** Returns the summary line of a run. */
export function summaryLine({ passed, failed, skipped }: TestResults): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

function relativePath(file: string, root: string): string {
  return file.startsWith(root) ? file.slice(root.length) : file;
}
