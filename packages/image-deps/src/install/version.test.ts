import { expect, test } from 'vitest';
import { managers } from '../managers/managers.ts';
import { parseManifest } from '../project/manifest.ts';
import type { ManagerName, Project } from '../project/find-project.ts';
import { assertManagerVersion, readVersion } from './version.ts';

function check(manager: ManagerName, version: string, wantedVersion?: string): void {
  const manifest = parseManifest('{}', 'package.json');
  const project: Project = {
    root: '/w',
    app: '',
    manifest,
    rootManifest: manifest,
    manager,
    lockFile: 'lock',
    lock: '',
    wantedVersion,
  };
  assertManagerVersion(managers[manager], version, project);
}

test('reads a version that comes with warnings', () => {
  expect(readVersion('npm warn config unknown\n10.2.0-rc.1\n')).toBe('10.2.0-rc.1');
});

test('accepts another version of the same major', () => {
  expect(() => check('pnpm', '10.34.9', '10.1.0')).not.toThrow();
});

test.each([
  [
    'pnpm',
    '10.34.9',
    '9.1.0',
    'asks for pnpm@9.1.0, but pnpm is 10.34.9: run corepack enable, or npm install --global pnpm@9',
  ],
  ['yarn-berry', '1.22.22', undefined, '@yarnpkg/cli-dist@2'],
  ['yarn-classic', '4.1.0', undefined, 'yarn@1'],
  ['npm', '6.14.0', undefined, 'npm@7'],
] as const)('%s %s is rejected where %s is wanted', (manager, version, wanted, message) => {
  expect(() => check(manager, version, wanted)).toThrow(message);
});
