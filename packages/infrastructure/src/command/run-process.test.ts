import { expect, test } from 'vitest';
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
