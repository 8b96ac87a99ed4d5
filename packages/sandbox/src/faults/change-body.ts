import type { BodyChanges } from './fault.ts';

/** Returns the changed body, or the same bytes if nothing in it matches. */
export function changeBody(body: Buffer, { replace, rewriteJson, flipByte, keepBytes }: BodyChanges): Buffer {
  let changed = body;
  if (replace) {
    // In Latin-1 each byte is a character, so binary bodies stay intact.
    const [text, by] = [replace.text, replace.by].map((part) => Buffer.from(part).toString('latin1')) as [
      string,
      string,
    ];
    changed = Buffer.from(
      changed.toString('latin1').replaceAll(text, () => by),
      'latin1',
    );
  }
  if (rewriteJson) changed = rewriteJsonBody(changed);
  const byte = changed[flipByte ?? -1];
  if (flipByte !== undefined && byte !== undefined) {
    changed = Buffer.from(changed);
    changed[flipByte] = byte ^ 1;
  }
  return changed.subarray(0, keepBytes);
}

/** Leaves a body that isn't JSON unchanged. */
function rewriteJsonBody(body: Buffer): Buffer {
  try {
    const text = body.toString('utf8');
    const value: unknown = JSON.parse(text);
    const compact = JSON.stringify(value);
    return Buffer.from(compact === text ? JSON.stringify(value, undefined, 1) : compact);
  } catch {
    return body;
  }
}
