import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobUploads, type ConnectOptions, connectSandbox, startRegistry, startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README’s first example logs what its comments say', async () => {
  const printed = await run('In a test', { startSandbox });
  expect(printed).toEqual([200, 1, 0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)]);
});

test('the README’s example of single services works', async () => {
  expect(await run('Single services', { startSandbox, startRegistry })).toEqual([[], 401, 1]);
});

test('the README’s journal expectations hold', async () => {
  expect(await run('Journal', { startSandbox, blobUploads })).toEqual(['{"LOG_LEVEL":"[REDACTED]"}', 2]);
});

test('the README’s fault fires once', async () => {
  expect(await run('Faults', { startSandbox })).toEqual([200, 503, 200, 1]);
});

test('the README’s background sandbox is stopped', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-readme-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const connect = (options: ConnectOptions) => connectSandbox({ ...options, dir });
  await run('In the background', { connectSandbox: connect });
  expect(await connectSandbox({ dir })).toBeUndefined();
});

/** Runs the example under a heading with these imports. Returns what it logs. */
async function run(heading: string, imports: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const example = /(?<=```ts\n)[\s\S]*?(?=```)/.exec(section)?.[0] ?? '';
  // Function() can't parse `await using`.
  const source = example
    .replaceAll(/^import .*$/gm, '')
    .replaceAll(/^await using (\w+) = (.*);$/gm, 'const $1 = using($2);');
  const opened: AsyncDisposable[] = [];
  const logged: unknown[] = [];
  const scope = {
    ...imports,
    using: (value: AsyncDisposable) => (opened.unshift(value), value),
    console: { log: (value: unknown) => logged.push(value) },
  };
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the example itself is under test
    await (new Function(...Object.keys(scope), `return (async () => {${source}})()`)(
      ...Object.values(scope),
    ) as Promise<void>);
  } finally {
    for (const value of opened) await value[Symbol.asyncDispose]();
  }
  return logged;
}
