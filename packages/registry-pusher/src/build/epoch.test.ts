import { expect, test } from 'vitest';
import { parseSourceDateEpoch, requireEpoch } from './epoch.ts';

test('SOURCE_DATE_EPOCH is used when it is set, and refused when it is no time (fault 38, registry-pusher)', () => {
  expect(parseSourceDateEpoch(undefined)).toBeUndefined();
  expect(parseSourceDateEpoch('0')).toBe(0);
  expect(parseSourceDateEpoch('1700000000')).toBe(1_700_000_000);
  for (const wrong of ['', '-1', 'now', '1.5', '1e9', ' 1', '99999999999'])
    expect(() => parseSourceDateEpoch(wrong)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
  expect([requireEpoch(), requireEpoch(0o77777777777)]).toEqual([0, 0o77777777777]);
  for (const wrong of [-1, 1.5, 0o77777777777 + 1])
    expect(() => requireEpoch(wrong)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
});
