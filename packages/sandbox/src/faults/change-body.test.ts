import { expect, test } from 'vitest';
import { changeBody } from './change-body.ts';

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
] as const)('changes %s by %j to %s', (body, changes, changed) => {
  expect(changeBody(Buffer.from(body), changes).toString()).toBe(changed);
});

test('a replacement leaves binary bytes around it intact', () => {
  expect(changeBody(binary, { replace: { text: 'A', by: 'BB' } })).toEqual(Buffer.from([0xff, 0xfe, 0x42, 0x42, 0x80]));
  expect(binary[2]).toBe(0x41);
});
