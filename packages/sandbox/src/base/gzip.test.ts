import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storedGzip } from './gzip.ts';

test.each([0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])('round-trips %i bytes', (length) => {
  const content = Buffer.alloc(length, 'stand-in');
  expect(gunzipSync(storedGzip(content)).equals(content)).toBe(true);
});

test('round-trips any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) =>
      gunzipSync(storedGzip(Buffer.from(bytes))).equals(bytes),
    ),
  );
});
