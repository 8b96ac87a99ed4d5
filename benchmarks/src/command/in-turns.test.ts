import { expect, test } from 'vitest';
import { measureInTurns } from './in-turns.ts';

test('takes measures in turns, and leaves out the first round', async () => {
  const taken: string[] = [];
  const measure = (name: string) => async (): Promise<number> => taken.push(name);
  const values = await measureInTurns(2, { one: measure('one'), other: measure('other') });
  expect(taken).toEqual(['one', 'other', 'one', 'other', 'one', 'other']);
  expect(values).toEqual({ one: [3, 5], other: [4, 6] });
});
