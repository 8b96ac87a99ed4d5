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

test('a command that fails is rejected with all that it said', async () => {
  const failing = runCommand(
    process.execPath,
    script('console.log("out"); console.error("err"); process.exitCode = 3'),
  );
  await expect(failing).rejects.toThrow(/exit code 3\nout\nerr/);
});

test('a command that does not exist is rejected', async () => {
  await expect(runCommand('/nonexistent/command', [])).rejects.toThrow('ENOENT');
});

test('what a command is given as input does not stand in its arguments', async () => {
  const echo =
    'process.stdin.pipe(process.stdout); process.stdin.on("end", () => console.log(String(process.argv.length)))';
  expect((await runCommand(process.execPath, script(echo), { input: 'key ' })).stdout).toBe('key 1\n');
});

test('lines are told when they arrive, not at the end', async () => {
  const lines: [string, number][] = [];
  const source = 'console.log("first"); setTimeout(() => console.log("second"), 400)';
  await runCommand(process.execPath, script(source), { onLine: (line, seconds) => lines.push([line, seconds]) });
  expect(lines.map(([line]) => line)).toEqual(['first', 'second']);
  expect(lines[1]![1] - lines[0]![1]).toBeGreaterThan(0.2);
});

test('a server that ends before it is ready is told with its log', async () => {
  await using directory = await temporaryDirectory();
  const starting = startServer(process.execPath, script('console.error("no such port"); process.exit(1)'), {
    log: join(directory.path, 'log'),
    isReady: () => Promise.resolve(false),
  });
  await expect(starting).rejects.toThrow(/did not start:\nno such port/);
});

test('a server is gone once it is disposed', async () => {
  await using directory = await temporaryDirectory();
  const server = await startServer(process.execPath, script('setInterval(() => undefined, 1000)'), {
    log: join(directory.path, 'log'),
    isReady: () => Promise.resolve(true),
  });
  expect(process.kill(server.pid, 0)).toBe(true);
  await server[Symbol.asyncDispose]();
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
});
