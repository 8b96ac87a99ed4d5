import { expect, test } from 'vitest';
import { folderOf } from '../testing/folder.ts';
import { readBuildSecrets } from './build-secrets.ts';

test('secrets come from files and from the environment', async () => {
  await using folder = await folderOf({ key: 'from a file\n' });
  const options = [`id=a,src=${folder.file('key')}`, 'id=b,env=B', 'type=env,id=C'];
  expect(await readBuildSecrets(options, { B: 'b', C: 'c=d' })).toEqual({ a: 'from a file\n', b: 'b', C: 'c=d' });
});

test.each([
  ['src=a', '--secret takes id=NAME with src=FILE or env=VARIABLE.'],
  ['id=a,target=b', 'not "target"'],
  ['id=a,src=/nonexistent', '--secret id=a: /nonexistent cannot be read: ENOENT.'],
  ['id=a,env=B', '--secret id=a: the variable B is not set.'],
])('%s is refused', async (option, message) => {
  await expect(readBuildSecrets([option], {})).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining(message),
  });
});
