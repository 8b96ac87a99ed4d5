/*
 * Reads and writes the few messages exchanged with BuildKit. A protobuf library would be larger than this package.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** A message's fields by number, each with its values in order. */
export type Fields = ReadonlyMap<number, readonly (Buffer | number)[]>;

/** Reads one message. @throws RangeError if it is truncated or invalid */
export function readFields(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > message.length) throw new RangeError('The message is truncated.');
    at += length;
    return message.subarray(at - length, at);
  };
  const readValue = (wireType: number) => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(varint());
    if (wireType === 5) return take(4);
    throw new RangeError(`The message has a field of unknown type ${wireType}.`);
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), readValue(key % 8)]);
  }
  return fields;
}

export function bytesOf(fields: Fields, number: number): Buffer[] {
  return (fields.get(number) ?? []).filter((value) => typeof value !== 'number');
}

/** Returns the last value of a string field, or an empty string. */
export function textOf(fields: Fields, number: number): string {
  return bytesOf(fields, number).at(-1)?.toString('utf8') ?? '';
}

export function numberOf(fields: Fields, number: number): number {
  const value = fields.get(number)?.at(-1);
  return typeof value === 'number' ? value : 0;
}

/** Writes a field of bytes, text or an encoded message. */
export function bytesField(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Writes a field with a non-negative integer. A `bigint` is for those above 2^53. */
export function numberField(number: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}
