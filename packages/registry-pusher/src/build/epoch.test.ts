import { expect, test } from 'vitest';
import { parseSourceDateEpoch, assertEpoch } from './epoch.ts';

test('accepts SOURCE_DATE_EPOCH and rejects invalid times (fault 38, registry-pusher)', () => {
  expect(parseSourceDateEpoch(undefined)).toBeUndefined();
  expect(parseSourceDateEpoch('0')).toBe(0);
  expect(parseSourceDateEpoch('1700000000')).toBe(1_700_000_000);
  for (const wrong of ['', '-1', 'now', '1.5', '1e9', ' 1', '99999999999'])
    expect(() => parseSourceDateEpoch(wrong)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
  expect([assertEpoch(), assertEpoch(0o77777777777)]).toEqual([0, 0o77777777777]);
  for (const wrong of [-1, 1.5, 0o77777777777 + 1])
    expect(() => assertEpoch(wrong)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
});
