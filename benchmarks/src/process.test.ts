import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand, startServer } from './process.ts';

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'benchmarks-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const script = (source: string): string[] => ['--eval', source];

test('rejects with the whole output of a failed command', async () => {
  const failing = runCommand(
    process.execPath,
    script('console.log("out"); console.error("err"); process.exitCode = 3'),
  );
  await expect(failing).rejects.toThrow(/exit code 3\nout\nerr/);
});

test('rejects a missing command', async () => {
  await expect(runCommand('/nonexistent/command', [])).rejects.toThrow('ENOENT');
});

test('passes input on stdin, not in arguments', async () => {
  const echo =
    'process.stdin.pipe(process.stdout); process.stdin.on("end", () => console.log(String(process.argv.length)))';
  expect((await runCommand(process.execPath, script(echo), { input: 'key ' })).stdout).toBe('key 1\n');
});

test('reports lines as they arrive', async () => {
  await using directory = await temporaryDirectory();
  const gate = join(directory.path, 'gate');
  const source = `console.log('first');
    const closed = setInterval(() => {
      if (!require('node:fs').existsSync(${JSON.stringify(gate)})) return;
      clearInterval(closed);
      console.log('second');
    }, 10);`;
  const lines: [string, number][] = [];
  const onLine = (line: string, seconds: number): void => {
    lines.push([line, seconds]);
    writeFileSync(gate, '');
  };
  await runCommand(process.execPath, script(source), { onLine });
  expect(lines.map(([line]) => line)).toEqual(['first', 'second']);
  expect(lines[1]![1]).toBeGreaterThan(lines[0]![1]);
});

test('rejects with the log of a server that exits before it is ready', async () => {
  await using directory = await temporaryDirectory();
  const starting = startServer(process.execPath, script('console.error("no such port"); process.exit(1)'), {
    log: join(directory.path, 'log'),
    isReady: () => Promise.resolve(false),
  });
  await expect(starting).rejects.toThrow(/didn't start:\nno such port/);
});

test('ends a server when it is disposed', async () => {
  await using directory = await temporaryDirectory();
  const server = await startServer(process.execPath, script('setInterval(() => undefined, 1000)'), {
    log: join(directory.path, 'log'),
    isReady: () => Promise.resolve(true),
  });
  expect(process.kill(server.pid, 0)).toBe(true);
  await server[Symbol.asyncDispose]();
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
});
