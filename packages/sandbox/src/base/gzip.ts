import { crc32 } from 'node:zlib';

const largestBlock = 0xffff;
// RFC 1952: no name, no time, no flags, unknown system.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** Gzips without compression: the bytes depend only on the content, while zlib versions compress differently. */
export function storedGzip(content: Buffer): Buffer {
  const parts: Buffer[] = [header];
  for (let start = 0; start < content.length || start === 0; start += largestBlock) {
    const block = content.subarray(start, start + largestBlock);
    parts.push(blockHeader(block.length, start + largestBlock >= content.length), block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([...parts, trailer]);
}

/** RFC 1951, section 3.2.4. */
function blockHeader(length: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(last ? 1 : 0, 0);
  bytes.writeUInt16LE(length, 1);
  bytes.writeUInt16LE(length ^ 0xffff, 3);
  return bytes;
}
