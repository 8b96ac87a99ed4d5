import { expect, test } from 'vitest';
import { readProjects, workspaceRoot } from '../workspace.ts';

const packages = readProjects(workspaceRoot).filter(({ root }) => root.startsWith('packages/'));

test.each(packages.map(({ root, manifest }) => ({ root, manifest })))(
  '$manifest.name has what npm shows, and optional peers only',
  ({ root, manifest }) => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/\.$/),
      keywords: expect.arrayContaining([expect.any(String)]),
      homepage: `https://gitlab.com/tozo/tozo/-/tree/main/${root}#readme`,
      bugs: expect.any(String),
      repository: { type: 'git', url: 'git+https://gitlab.com/tozo/tozo.git', directory: root },
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
      scripts: { package: expect.any(String) },
    });
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
    const optional = Object.entries(peerDependenciesMeta).filter(([, meta]) => meta.optional);
    expect(optional.map(([name]) => name)).toEqual(Object.keys(peerDependencies));
  },
);
