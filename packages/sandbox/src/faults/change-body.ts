import { isRecord } from '../http/exchange.ts';
import type { BodyChanges } from './fault.ts';

/** Returns the changed body, or the same bytes if nothing in it matches. */
export function changeBody(
  body: Buffer,
  { replace, mergeJson, rewriteJson, flipByte, keepBytes }: BodyChanges,
): Buffer {
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
  if (mergeJson) changed = changeJson(changed, (value) => JSON.stringify(merge(value, mergeJson)));
  if (rewriteJson) changed = changeJson(changed, rewrite);
  const byte = changed[flipByte ?? -1];
  if (flipByte !== undefined && byte !== undefined) {
    changed = Buffer.from(changed);
    changed[flipByte] = byte ^ 1;
  }
  return changed.subarray(0, keepBytes);
}

/** Leaves a body that isn't JSON unchanged. */
function changeJson(body: Buffer, change: (value: unknown, text: string) => string): Buffer {
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return body;
  }
  return Buffer.from(change(value, text));
}

function rewrite(value: unknown, text: string): string {
  const compact = JSON.stringify(value);
  return compact === text ? JSON.stringify(value, undefined, 1) : compact;
}

function merge(value: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => merge(item, fields));
  if (!isRecord(value)) return value;
  const merged = Object.entries(fields).map(([name, field]) => {
    const before = Object.hasOwn(value, name) ? value[name] : undefined;
    return [name, isRecord(field) && isRecord(before) ? merge(before, field) : field] as const;
  });
  return Object.fromEntries([...Object.entries(value), ...merged]);
}
