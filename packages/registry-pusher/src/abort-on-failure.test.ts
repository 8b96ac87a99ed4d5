import { expect, test } from 'vitest';
import { abortOnFailure } from './abort-on-failure.ts';

test('work that throws the reason of a signal fails with ABORTED', async () => {
  const controller = new AbortController();
  const work = abortOnFailure(controller.signal, async (signal) => {
    controller.abort(new Error('stopped by SIGINT'));
    signal.throwIfAborted();
  });
  await expect(work).rejects.toMatchObject({ name: 'RegistryPusherError', code: 'ABORTED' });
});

test('work that Node aborts fails with ABORTED', async () => {
  const controller = new AbortController();
  const work = abortOnFailure(controller.signal, async () => {
    controller.abort();
    throw new DOMException('The operation was aborted', 'AbortError');
  });
  await expect(work).rejects.toMatchObject({ name: 'RegistryPusherError', code: 'ABORTED' });
});

test('a failure aborts the rest, and stays as it is', async () => {
  const failure = new Error('no');
  let rest: AbortSignal | undefined;
  const work = abortOnFailure(undefined, async (signal) => {
    rest = signal;
    throw failure;
  });
  await expect(work).rejects.toBe(failure);
  expect(rest?.reason).toBe(failure);
});

test('any number of listeners is fine', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  await abortOnFailure(undefined, async (signal) => {
    for (let count = 0; count < 20; count += 1) signal.addEventListener('abort', () => undefined);
  });
  // Node emits warnings in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});
