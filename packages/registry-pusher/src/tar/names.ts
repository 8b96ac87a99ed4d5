import { isUtf8 } from 'node:buffer';

/** Bytes that aren't UTF-8 become the surrogates U+DC80 to U+DCFF, as in Python: no other text has these alone. */
const escapeBase = 0xdc00;

/** Decodes a name of an archive without losing a byte. Names are bytes; most are UTF-8. */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    text += length === 0 ? String.fromCharCode(escapeBase + bytes[at]!) : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** Encodes a name to the bytes from which {@link decodeName} decoded it. */
export function encodeName(text: string): Buffer {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text);
  return Buffer.concat(
    [...text].map((character) => {
      const code = character.codePointAt(0)!;
      return code > escapeBase + 0x7f && code <= escapeBase + 0xff
        ? Buffer.from([code - escapeBase])
        : Buffer.from(character);
    }),
  );
}

/** Returns the length of the valid UTF-8 character at an index, or 0. */
function characterLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4; length++) if (isUtf8(bytes.subarray(at, at + length))) return length;
  return 0;
}
