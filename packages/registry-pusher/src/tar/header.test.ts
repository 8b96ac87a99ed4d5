import { expect, test } from 'vitest';
import { encodeTarHeader } from './header.ts';

test('a size from 8 GiB is in a PAX record, in full (fault 42, registry-pusher)', () => {
  const file = { type: 'file', name: 'big', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  const size = 2 ** 33 + 5;
  const header = encodeTarHeader({ ...file, size });
  expect(header.toString('latin1', 512, 1024)).toContain(`19 size=${size}\n`);
  expect(header.toString('latin1', 0, 512)).toContain('PaxHeader');
  expect(header.toString('latin1', 1024 + 124, 1024 + 136)).toBe('00000000000\0');
  const below = encodeTarHeader({ ...file, size: 2 ** 33 - 1 });
  expect(below.toString('latin1', 124, 135)).toBe('77777777777');
});
