/*
 * The part of MessagePack that Terraform uses for its values. @see https://github.com/msgpack/msgpack/blob/master/spec.md
 * @see https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md
 */

/** A value that Terraform doesn't know yet. On the wire it is an extension. */
export const unknown = Symbol('known after apply');

export type Value = null | boolean | number | string | typeof unknown | Value[] | { readonly [key: string]: Value };

export type Resource = Readonly<Record<string, Value>>;

export function encode(value: Value): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (value === unknown) return Buffer.from([0xd4, 0, 0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'string') return Buffer.concat([head(0xdb, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(0xdd, value.length), ...value.map(encode)]);
  const entries = Object.entries(value).flatMap(([key, item]) => [encode(key), encode(item)]);
  return Buffer.concat([head(0xdf, entries.length / 2), ...entries]);
}

function head(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(5, type);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

export function decode(bytes: Buffer): Value {
  let at = 0;
  const number = (size: 1 | 2 | 4): number => bytes.readUIntBE((at += size) - size, size);
  const text = (length: number): string => bytes.toString('utf8', at, (at += length));
  const list = (length: number): Value[] => Array.from({ length }, next);
  const map = (length: number): Value =>
    Object.fromEntries(Array.from({ length }, (): [string, Value] => [next() as string, next()]));
  const extension = (length: number): Value => {
    at += 1 + length;
    return unknown;
  };

  function next(): Value {
    const type = number(1);
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return map(type & 0x0f);
    if (type <= 0x9f) return list(type & 0x0f);
    if (type <= 0xbf) return text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    if (type >= 0xd4 && type <= 0xd8) return extension(2 ** (type - 0xd4));
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc7:
        return extension(number(1));
      case 0xcb:
        return bytes.readDoubleBE((at += 8) - 8);
      case 0xcc:
        return number(1);
      case 0xcd:
        return number(2);
      case 0xce:
        return number(4);
      case 0xd9:
        return text(number(1));
      case 0xda:
        return text(number(2));
      case 0xdb:
        return text(number(4));
      case 0xdc:
        return list(number(2));
      case 0xde:
        return map(number(2));
      default:
        throw new Error(`Unsupported MessagePack type 0x${type.toString(16)}.`);
    }
  }
  return next();
}
