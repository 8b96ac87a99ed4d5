import { expect, test } from 'vitest';
import { createDirectory } from '../testing/directory.ts';
import { readBuildSecrets } from './build-secrets.ts';

test('reads secrets from files and from the environment', async () => {
  await using directory = await createDirectory({ key: 'from a file\n' });
  const options = [`id=a,src=${directory.file('key')}`, 'id=b,env=B', 'type=env,id=C'];
  expect(await readBuildSecrets(options, { B: 'b', C: 'c=d' })).toEqual({ a: 'from a file\n', b: 'b', C: 'c=d' });
});

test.each([
  ['src=a', 'Invalid --secret: expected id=NAME with src=FILE or env=VARIABLE.'],
  ['id=a,target=b', 'found "target"'],
  ['id=a,src=/nonexistent', "--secret id=a: can't read /nonexistent: ENOENT."],
  ['id=a,env=B', "--secret id=a: the environment variable B isn't set."],
])('rejects %s', async (option, message) => {
  await expect(readBuildSecrets([option], {})).rejects.toMatchObject({
    code: 'OPTIONS_INVALID',
    message: expect.stringContaining(message),
  });
});
