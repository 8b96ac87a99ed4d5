import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectOptions, connectSandbox, startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README’s first example does what its comments say', async () => {
  const printed: unknown[] = [];
  await run(0, { console: { log: (value: unknown) => printed.push(value) }, startSandbox });
  expect(printed).toEqual([200, 1, 0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)]);
});

test('the README’s fault strikes once', async () => {
  const printed: unknown[] = [];
  await run(1, { console: { log: (value: unknown) => printed.push(value) }, startSandbox });
  expect(printed).toEqual([200, 503, 200, 1]);
});

test('the README’s last example leaves no process behind', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-readme-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const connect = (options: ConnectOptions) => connectSandbox({ ...options, dir });
  await run(2, { connectSandbox: connect });
  expect(await connectSandbox({ dir })).toBeUndefined();
});

/** Runs the nth example as it is printed, with the names that it imports given as `scope`. */
async function run(index: number, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const example = readme.match(/(?<=```ts\n)[\s\S]*?(?=```)/g)?.[index] ?? '';
  const source = example
    .replaceAll(/^import .*$/gm, '')
    .replace(/^await using sandbox = (.*);$/m, 'const sandbox = $1; try {')
    .concat(example.includes('await using') ? '} finally { await sandbox.close(); }' : '');
  // oxlint-disable-next-line typescript/no-implied-eval -- the example itself is under test
  await (new Function(...Object.keys(scope), `return (async () => {${source}})()`)(
    ...Object.values(scope),
  ) as Promise<void>);
}
