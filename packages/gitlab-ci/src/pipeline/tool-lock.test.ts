import { expect, test } from 'vitest';
import { createToolLock } from './tool-lock.ts';

const integrity = `sha512-${'A'.repeat(86)}==`;
const resolved = 'https://registry.npmjs.org/@tozo/cli/-/cli-1.2.3.tgz';

const lockOf = (tool: object): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/@tozo/cli': tool, 'node_modules/left': {} } });

test('contains the tool alone, by version and integrity', () => {
  const lock = createToolLock(lockOf({ version: '1.2.3', resolved, integrity, dev: true }));
  expect(lock?.version).toBe('1.2.3');
  expect(JSON.parse(lock?.files['package.json'] ?? '')).toMatchObject({
    private: true,
    dependencies: { '@tozo/cli': '1.2.3' },
  });
  expect(JSON.parse(lock?.files['package-lock.json'] ?? '')).toMatchObject({
    lockfileVersion: 3,
    packages: { 'node_modules/@tozo/cli': { version: '1.2.3', resolved, integrity } },
  });
  expect(lock?.files['package-lock.json']).not.toContain('left');
});

test.each([JSON.stringify({}), lockOf({ resolved: 'packages/cli', link: true })])(
  'returns none if the repository installs no published tool: %s',
  (text) => {
    expect(createToolLock(text)).toBeUndefined();
  },
);

test.each([
  [{ version: '1.2.3', resolved }, /no version and SHA-512 integrity/],
  [{ version: '1.2.3', integrity: 'sha1-abc' }, /no version and SHA-512 integrity/],
  [{ version: '1.2.3', integrity, dependencies: { zod: '4' } }, /needs other packages or an install script/],
  [{ version: '1.2.3', integrity, hasInstallScript: true }, /needs other packages or an install script/],
])('refuses %j', (tool, message) => {
  expect(() => createToolLock(lockOf(tool))).toThrow(message);
});
