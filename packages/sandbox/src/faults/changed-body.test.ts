import { expect, test } from 'vitest';
import { changedBody } from './changed-body.ts';

const binary = Buffer.from([0xff, 0xfe, 0x41, 0x80]);

test.each([
  ['{"a":1}', { rewriteJson: true }, '{\n "a": 1\n}'],
  ['{ "a": 1 }', { rewriteJson: true }, '{"a":1}'],
  ['no JSON', { rewriteJson: true }, 'no JSON'],
  ['a+a', { replace: { text: 'a', by: '$&' } }, '$&+$&'],
  ['wörld', { replace: { text: 'ö', by: 'ö!' } }, 'wö!rld'],
  ['abc', { flipByte: 1 }, 'acc'],
  ['abc', { flipByte: 3 }, 'abc'],
  ['abc', { keepBytes: 2 }, 'ab'],
  ['abc', { replace: { text: 'b', by: 'xyz' }, keepBytes: 3 }, 'axy'],
] as const)('%s with %j is %s', (body, changes, changed) => {
  expect(changedBody(Buffer.from(body), changes).toString()).toBe(changed);
});

test('bytes that are no text are left whole around what is replaced', () => {
  expect(changedBody(binary, { replace: { text: 'A', by: 'BB' } })).toEqual(
    Buffer.from([0xff, 0xfe, 0x42, 0x42, 0x80]),
  );
  expect(binary[2]).toBe(0x41);
});
