import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatusMessage } from './status-message.ts';

/** From Docker 20.10, for a failed step without a network. */
const failing =
  'CtYCCkdzaGEyNTY6MDc4ZTNjMzQwY2Y0NDk5Y2IyY2FkNmZkMDg4NTNhYTg5NDEwMDRkMzI0MGI1ZDU0ZjVkN2NjYTg1N2ZhZjQwORJHc2hhMjU2OjQ2YjI1' +
  'MzM3YjY0OTdlMmEwNGJiNDNkYjdlMmRkZmQ2MjY1OTBmYTY3ZTI0ODAxMjA0NTU2YTFjMzU4ZGZiMTgaOFsyLzNdIFJVTiBlY2hvIGhlbGxvIDEgPiAvaGkg' +
  'JiYgZWNobyBvdXQgJiYgZWNobyBlcnIgPiYyKgsIpNOU2AYQluzWXjILCKTTlNgGEKWLmG86bmV4ZWN1dG9yIGZhaWxlZCBydW5uaW5nIFsvYmluL3NoIC1j' +
  'IGVjaG8gaGVsbG8gJFggPiAvaGkgJiYgZWNobyBvdXQgJiYgZWNobyBlcnIgPiYyXTogbmV0d29yayBicmlkZ2Ugbm90IGZvdW5k';

test('rejects truncated and random messages without hanging', () => {
  const message = Buffer.from(failing, 'base64');
  expect(() => readStatusMessage(message.subarray(0, -1))).toThrow(RangeError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readStatusMessage(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test('reads the name, times and error of a step', () => {
  expect(readStatusMessage(Buffer.from(failing, 'base64'))).toEqual({
    vertexes: [
      {
        digest: 'sha256:078e3c340cf4499cb2cad6fd08853aa8941004d3240b5d54f5d7cca857faf409',
        name: '[2/3] RUN echo hello 1 > /hi && echo out && echo err >&2',
        cached: false,
        started: true,
        completed: true,
        error:
          'executor failed running [/bin/sh -c echo hello $X > /hi && echo out && echo err >&2]: network bridge not found',
      },
    ],
    logs: [],
  });
});
