import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startVitest } from 'vitest/node';
import { RetryReporter } from './retry-reporter.ts';

const suite = `
let tries = 0;
test('steady', () => {});
describe('in a suite', () => {
  test('flaky', () => expect(++tries).toBe(2));
});
test('broken', () => expect(1).toBe(2));
test.skip('skipped', () => {});
`;

test('records the tests that ran more than once, passed or not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tozo-tools-'));
  const { exitCode } = process;
  onTestFinished(() => {
    process.exitCode = exitCode;
    rmSync(root, { recursive: true, force: true });
  });
  writeFileSync(join(root, 'a.test.js'), suite);
  const file = join(root, 'reports/test-a.retries.json');
  const reporters = [new RetryReporter(file)];
  const vitest = await startVitest('test', [], {
    root,
    config: false,
    globals: true,
    retry: 1,
    watch: false,
    reporters,
  });
  await vitest.close();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    retried: [
      { file: join(root, 'a.test.js'), test: 'in a suite flaky' },
      { file: join(root, 'a.test.js'), test: 'broken' },
    ],
  });
});
