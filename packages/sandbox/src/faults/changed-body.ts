import type { BodyChanges } from './fault.ts';

/** The body with what a fault changes in it; the same bytes when there is nothing of the kind in it. */
export function changedBody(body: Buffer, { replace, rewriteJson, flipByte, keepBytes }: BodyChanges): Buffer {
  let changed = body;
  if (replace) {
    // As Latin-1 a byte is a character, so that a body that is no text is left whole.
    const [text, by] = [replace.text, replace.by].map((part) => Buffer.from(part).toString('latin1')) as [
      string,
      string,
    ];
    changed = Buffer.from(
      changed.toString('latin1').replaceAll(text, () => by),
      'latin1',
    );
  }
  if (rewriteJson) changed = rewritten(changed);
  const byte = changed[flipByte ?? -1];
  if (flipByte !== undefined && byte !== undefined) {
    changed = Buffer.from(changed);
    changed[flipByte] = byte ^ 1;
  }
  return changed.subarray(0, keepBytes);
}

/** What is no JSON stays as it is. */
function rewritten(body: Buffer): Buffer {
  try {
    const text = body.toString('utf8');
    const value: unknown = JSON.parse(text);
    const compact = JSON.stringify(value);
    return Buffer.from(compact === text ? JSON.stringify(value, undefined, 1) : compact);
  } catch {
    return body;
  }
}
