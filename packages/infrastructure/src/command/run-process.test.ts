import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from './run-process.ts';

const stubborn = `process.on('SIGINT', () => console.log('interrupted')); console.log('ready'); setInterval(() => undefined, 1000)`;

test('waits for a process that goes on after an interrupt, and ends it at the second one', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const result = await runProcess(process.execPath, ['-e', stubborn], {
    cwd: process.cwd(),
    env: process.env,
    signal: first.signal,
    again: second.signal,
    onLine: (line) => (line === 'ready' ? first : second).abort(),
  });
  expect(result).toEqual({ code: null, stdout: 'ready\ninterrupted', stderr: '' });
});

test('lets only this user read what a private process writes, and keeps its own umask', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'tozo-private-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const write = (name: string) => ['-e', `require('node:fs').writeFileSync('${name}', '')`];
  await runProcess(process.execPath, write('private'), { cwd, env: process.env, isPrivate: true });
  await runProcess(process.execPath, write('other'), { cwd, env: process.env });
  const modeOf = async (name: string) => (await stat(join(cwd, name))).mode & 0o777;
  expect(await modeOf('private')).toBe(0o600);
  expect(await modeOf('other')).toBe(0o666 & ~process.umask());
});
