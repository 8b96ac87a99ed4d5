import { expect, test } from 'vitest';
import { findLoosePins } from './pins.ts';
import type { Project } from './workspace.ts';

const sibling: Project = { root: 'packages/deploy', manifest: { name: '@tozo/deploy', version: '0.1.0' } };

function loose(manifest: Partial<Project['manifest']>): string[] {
  return findLoosePins([sibling, { root: 'packages/cli', manifest: { name: '@tozo/cli', ...manifest } }]);
}

test.each(['^1.2.3', '~1.2.3', '>=1', '*', 'latest', '1.2', '1.x', 'npm:other@^1.0.0', 'github:a/b'])(
  'rejects the version %s',
  (version) => {
    const problem = `packages/cli/package.json: zod: ${version}: must be one exact version`;
    expect(loose({ dependencies: { zod: version } })).toEqual([problem]);
    expect(loose({ devDependencies: { zod: version } })).toEqual([problem]);
    expect(loose({ overrides: { vite: { zod: version } } })).toEqual([problem]);
  },
);

test.each(['1.2.3', '1.2.3-beta.1', 'npm:cdktn@0.24.0', 'npm:@scope/name@1.0.0'])(
  'accepts the version %s',
  (version) => {
    expect(loose({ dependencies: { zod: version }, overrides: { rollup: version } })).toEqual([]);
  },
);

test('a published package pins its sibling’s version; a private one doesn’t', () => {
  const dependencies = (version: string) => ({ dependencies: { '@tozo/deploy': version } });
  expect(loose(dependencies('*'))).toEqual(['packages/cli/package.json: @tozo/deploy: *: must be 0.1.0']);
  expect(loose(dependencies('0.0.9'))).toHaveLength(1);
  expect(loose(dependencies('0.1.0'))).toEqual([]);
  expect(loose({ private: true, ...dependencies('*') })).toEqual([]);
});

test('accepts a range in a peer dependency', () => {
  expect(loose({ peerDependencies: { cdktf: '>=0.21.0' } })).toEqual([]);
});
