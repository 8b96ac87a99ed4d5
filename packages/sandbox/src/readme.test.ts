import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobUploads, type ConnectOptions, connectSandbox, startRegistry, startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README’s first example does what its comments say', async () => {
  const printed = await run('In a test', { startSandbox });
  expect(printed).toEqual([200, 1, 0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)]);
});

test('the README’s single services are there, and nothing else', async () => {
  expect(await run('One service alone', { startSandbox, startRegistry })).toEqual([[], 401, 1]);
});

test('the README’s expectations hold', async () => {
  expect(await run('Journal', { startSandbox, blobUploads })).toEqual(['{"LOG_LEVEL":"[REDACTED]"}', 2]);
});

test('the README’s fault strikes once', async () => {
  expect(await run('Faults', { startSandbox })).toEqual([200, 503, 200, 1]);
});

test('the README’s process of its own leaves none behind', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-readme-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const connect = (options: ConnectOptions) => connectSandbox({ ...options, dir });
  await run('As a process of its own', { connectSandbox: connect });
  expect(await connectSandbox({ dir })).toBeUndefined();
});

/** Runs the example under a heading as it is printed, with the names that it imports given; what it logs. */
async function run(heading: string, imports: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const example = /(?<=```ts\n)[\s\S]*?(?=```)/.exec(section)?.[0] ?? '';
  // A function can be made of text, and it knows no `await using`.
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
