import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import { Channel, type Methods, type Peer } from './channel.ts';

/** Two processes that receive what the other one sends. */
function connect<Left extends Methods, Right extends Methods>(left: Left, right: Right) {
  const [a, b] = [new EventEmitter(), new EventEmitter()];
  const peer = (own: EventEmitter, other: EventEmitter): Peer =>
    Object.assign(own, { send: (message: unknown) => void setImmediate(() => other.emit('message', message)) });
  const toRight = new Channel<Right>(peer(a, b), left);
  const toLeft = new Channel<Left>(peer(b, a), right);
  return { toRight, toLeft, ends: () => a.emit('disconnect') };
}

test('both sides call each other, several times at once', async () => {
  const { toRight, toLeft } = connect(
    { next: async (n: number) => n + 1 },
    { double: async (n: number) => (await toLeft.call('next', n)) * 2 },
  );
  const results = await Promise.all([1, 2, 3].map((n) => toRight.call('double', n)));
  expect(results).toEqual([4, 6, 8]);
});

test('an error keeps its class, code and message', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const { toRight } = connect(
    {},
    {
      fail: () => Promise.reject(new RegistryPusherError('RUN_FAILED', 'it failed')),
      fill: () => Promise.reject(full),
    },
  );
  await expect(toRight.call('fail')).rejects.toEqual(new RegistryPusherError('RUN_FAILED', 'it failed'));
  await expect(toRight.call('fill')).rejects.toMatchObject({ code: 'ENOSPC', message: 'no space' });
});

test('calls fail when the other process has ended, then and later', async () => {
  const { toRight, ends } = connect({}, { wait: () => new Promise<void>(() => undefined) });
  const waiting = toRight.call('wait');
  waiting.catch(() => undefined);
  ends();
  await expect(waiting).rejects.toThrow('the other process has ended');
  await expect(toRight.call('wait')).rejects.toThrow('the other process has ended');
});
