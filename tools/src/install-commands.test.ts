import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const { subset, satisfies } = createRequire(require.resolve('cdktf'))('semver') as {
  subset: (range: string, of: string) => boolean;
  satisfies: (version: string, range: string) => boolean;
};
interface Manifest {
  readonly version: string;
  readonly peerDependencies: { readonly constructs: string; readonly cdktf: string };
}

test.each([
  'packages/infrastructure/README.md',
  'packages/infrastructure/src/terraform.ts',
  'packages/init/src/plan-init.ts',
])('the install command of %s names versions that every peer range accepts', (file) => {
  const cdktn = JSON.parse(readFileSync(require.resolve('cdktf/package.json'), 'utf8')) as Manifest;
  const own = JSON.parse(read('packages/infrastructure/package.json')) as Manifest;
  const [, constructs, alias] = /constructs(?:@(\S+))? cdktf@npm:cdktn(?:@([\w.]+))?/.exec(read(file)) ?? [];
  expect(constructs).toBeDefined();
  expect(alias).toBeDefined();
  expect(satisfies(cdktn.version, alias!)).toBe(true);
  for (const range of [cdktn.peerDependencies.constructs, own.peerDependencies.constructs])
    expect(subset(constructs!, range)).toBe(true);
  expect(subset(alias!, own.peerDependencies.cdktf)).toBe(true);
});
