import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, numberField, readFields } from './protobuf.ts';

/** Decodes a field of type varint. */
function decode(field: Buffer): bigint {
  return [...field.subarray(1)].reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n);
}

test('writes integers up to 64 bits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      expect(decode(numberField(1, value))).toBe(value);
      expect(numberField(1, value).length).toBeLessThanOrEqual(11);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(decode(numberField(1, value))).toBe(BigInt(value));
      expect(bytesOf(readFields(numberField(1, value)), 1)).toEqual([]);
    }),
  );
});
