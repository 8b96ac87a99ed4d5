import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDirectory } from '../../testing/directory.ts';
import { RememberedOwners } from './owners.ts';
import { scan } from './scan.ts';

test('owners that files can’t have are remembered, and a new file with the same name has its own', async () => {
  await using directory = await createDirectory({ 'of-node': '1', 'of-root': '2', both: '3' });
  const owners = new RememberedOwners();
  const at = (name: string) => join(directory.path, name);
  const ownerOf = (name: string) => {
    const { uid, gid } = scan(directory.path, owners).get(`/${name}`)!;
    return `${uid}:${gid}`;
  };
  const own = `${process.getuid!()}:${process.getgid!()}`;
  owners.give(at('of-node'), { uid: 1000, gid: 1001 });
  owners.give(at('both'), { uid: 7, gid: 0 });
  owners.give(at('both'), { uid: 0, gid: 0 });
  expect([ownerOf('of-node'), ownerOf('of-root'), ownerOf('both')]).toEqual(['1000:1001', own, own]);
  rmSync(at('of-node'));
  writeFileSync(at('of-node'), 'new');
  expect(ownerOf('of-node')).toBe(own);
});
