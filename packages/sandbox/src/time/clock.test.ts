import { expect, test } from 'vitest';
import { Clock } from './clock.ts';

const minute = 60_000;

test('alarms ring in the order of their time, and what one starts counts from then', async () => {
  const clock = new Clock();
  const start = clock.elapsed();
  const rung: [string, number][] = [];
  const ring = (name: string) => rung.push([name, Math.round((clock.elapsed() - start) / minute)]);
  clock.after(20 * minute, () => ring('second'));
  clock.after(10 * minute, () => {
    ring('first');
    void Promise.resolve().then(() => clock.after(5 * minute, () => ring('started by the first')));
  });
  clock.after(40 * minute, () => ring('too late'));
  await clock.advance(30 * minute);
  expect(rung).toEqual([
    ['first', 10],
    ['started by the first', 15],
    ['second', 20],
  ]);
  expect(Math.round((clock.elapsed() - start) / minute)).toBe(30);
});

test('an alarm that was moved towards rings at its time without another move', async () => {
  const clock = new Clock();
  const rung = new Promise<string>((resolve) => void clock.after(minute, () => resolve('rung')));
  await clock.advance(minute - 5);
  // Alarms don't keep a process running.
  const keepAlive = setInterval(() => undefined, 1000);
  expect(await rung).toBe('rung');
  clearInterval(keepAlive);
});

test('an alarm is cancelled or postponed', async () => {
  const clock = new Clock();
  const rung: string[] = [];
  clock.after(minute, () => rung.push('cancelled')).cancel();
  const postponed = clock.after(2 * minute, () => rung.push('postponed'));
  await clock.advance(minute);
  postponed.postpone();
  await clock.advance(1.5 * minute);
  expect(rung).toEqual([]);
  await clock.advance(minute);
  expect(rung).toEqual(['postponed']);
  postponed.postpone();
  await clock.advance(10 * minute);
  expect(rung).toEqual(['postponed']);
});

test('a wait ends with its time, or with its signal', async () => {
  const clock = new Clock();
  const closing = new AbortController();
  const long = clock.wait(60 * 24 * 60 * minute, { signal: closing.signal });
  const short = clock.wait(minute);
  await clock.advance(2 * minute);
  expect(await short).toBe(true);
  closing.abort();
  expect(await long).toBe(false);
  expect(await clock.wait(minute, { signal: closing.signal })).toBe(false);
});

test('the time is the machine’s until it’s moved, and again after a restart', async () => {
  const clock = new Clock();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(minute);
  await clock.advance(90 * minute);
  expect(Math.round((clock.now() - Date.now()) / minute)).toBe(90);
  expect(clock.timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  clock.restart();
  expect(clock.aheadMs).toBe(0);
});
