import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Cancellation, cancelOnSignals, interruptOnSignals } from './signals.ts';

const endNow = vi.fn<(reason: Error) => void>();
const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as unknown as typeof process.exit);
let cancellation: Cancellation;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  endNow.mockClear();
  exit.mockClear();
  cancellation = cancelOnSignals(endNow);
});
afterEach(() => {
  cancellation.dispose();
  vi.advanceTimersByTime(300);
  vi.useRealTimers();
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s aborts with exit code %i', (name, code) => {
  expect(cancellation.exitCode()).toBeUndefined();
  process.emit(name, name);
  expect(cancellation.signal.reason).toEqual(new Error(`stopped by ${name}`));
  expect(cancellation.exitCode()).toBe(code);
  expect(exit).not.toHaveBeenCalled();
});

test('a second signal ends the process at once, with the last words first (fault 115, deploy)', () => {
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(300);
  endNow.mockImplementationOnce(() => expect(exit).not.toHaveBeenCalled());
  process.emit('SIGTERM', 'SIGTERM');
  expect(endNow).toHaveBeenCalledExactlyOnceWith(new Error('stopped by SIGINT'));
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
});

test('the same request to stop, passed on by a parent process, is no second one', () => {
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(100);
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  expect(exit).not.toHaveBeenCalled();
});

test('a signal of the same request doesn’t kill the process while the last words are written', () => {
  const others = process.listenerCount('SIGINT') - 1;
  process.emit('SIGINT', 'SIGINT');
  cancellation.dispose();
  vi.advanceTimersByTime(200);
  expect(process.listenerCount('SIGINT')).toBe(others + 1);
  vi.advanceTimersByTime(50);
  expect(process.listenerCount('SIGINT')).toBe(others);
  expect(exit).not.toHaveBeenCalled();
});

test('what has not ended 3.5 seconds after the signal is ended (fault 79, cli)', () => {
  process.emit('SIGTERM', 'SIGTERM');
  vi.advanceTimersByTime(3499);
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(endNow).toHaveBeenCalledOnce();
  expect(exit).toHaveBeenCalledExactlyOnceWith(143);
});

test('after it is disposed, nothing ends the process', () => {
  process.emit('SIGTERM', 'SIGTERM');
  cancellation.dispose();
  vi.advanceTimersByTime(10_000);
  expect(exit).not.toHaveBeenCalled();
});

test('an interruption passes two signals on, and ends the process after none of them, however long that takes', () => {
  cancellation.dispose();
  const interruption = interruptOnSignals();
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGINT', 'SIGINT');
  expect([interruption.signal.aborted, interruption.again.aborted]).toEqual([true, false]);
  vi.advanceTimersByTime(600_000);
  process.emit('SIGHUP', 'SIGHUP');
  process.emit('SIGHUP', 'SIGHUP');
  expect(interruption.again.aborted).toBe(true);
  expect(interruption.exitCode()).toBe(143);
  expect(exit).not.toHaveBeenCalled();
  interruption.dispose();
});
