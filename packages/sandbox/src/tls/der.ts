/*
 * Encodes the ASN.1 types that a certificate uses.
 * @see X.690, Distinguished Encoding Rules
 */

export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

/** Returns one byte up to 127, else a byte with the number of length bytes and those bytes. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return [0x80 + bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(0x31, ...parts);
export const octets = (content: Uint8Array): Buffer => tagged(0x04, content);
export const text = (content: string): Buffer => tagged(0x0c, Buffer.from(content));
/** @param hex the content bytes of an OBJECT IDENTIFIER */
export const objectId = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
/** @param bytes a number whose first byte is below 0x80 */
export const positive = (bytes: Uint8Array): Buffer => tagged(0x02, bytes);
export const yes = tagged(0x01, Buffer.from([0xff]));

/** @param unused the number of unused bits at the end */
export const bits = (content: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content);

/** Encodes a time to the second, with a two-digit year until 2049 (RFC 5280, 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`;
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}
