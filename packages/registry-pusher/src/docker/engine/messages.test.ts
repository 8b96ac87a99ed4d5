import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { failureIn, readMessages } from './messages.ts';

test.each([
  [{ error: 'the reason' }, 'the reason'],
  [{ errorDetail: { message: 'the reason' } }, 'the reason'],
  [{ errorDetail: { message: 'the detail' }, error: 'the reason' }, 'the detail'],
  [{ errorDetail: { message: '' }, error: 'the reason' }, 'the reason'],
  [{ errorDetail: { code: 137 } }, 'it names no reason (code 137)'],
  [{ errorDetail: {} }, 'it names no reason (code unknown)'],
  [{ error: '' }, 'it names no reason (code unknown)'],
  [{ stream: 'Step 1/2' }, undefined],
  [{ aux: { ID: 'sha256:1' } }, undefined],
])('finds the failure in %j', (message, failure) => {
  expect(failureIn(message)).toBe(failure);
});

test('reads messages across chunks and without a last line end', async () => {
  const messages: unknown[] = [];
  for await (const message of readMessages(Readable.from(['{"stream":"é', '1"}\n\n{"str', 'eam":"2"}'])))
    messages.push(message);
  expect(messages).toEqual([{ stream: 'é1' }, { stream: '2' }]);
});
