import { expect, test } from 'vitest';
import updatePipeline, { type Tree, updateTo } from './update-pipeline.ts';

function treeOf(text: string | null): Tree & { readonly written: string[] } {
  const written: string[] = [];
  return { read: () => text, write: (_path, content) => void written.push(content), written };
}

test('the component and the command get the version of the workspace', () => {
  const tree = treeOf(`include:
  - component: gitlab.com/tozo/tozo/pipeline@0.1.0
    inputs:
      tool-install:
        - npm install --prefix .gitlab/tozo @tozo/cli@0.1.0
  - component: gitlab.com/other/pipeline@0.1.0 # another one
`);
  expect(updateTo(tree, '0.2.0')).toEqual([expect.stringContaining('npx tozo ci pipeline')]);
  expect(tree.written).toEqual([
    `include:
  - component: gitlab.com/tozo/tozo/pipeline@0.2.0
    inputs:
      tool-install:
        - npm install --prefix .gitlab/tozo @tozo/cli@0.2.0
  - component: gitlab.com/other/pipeline@0.1.0 # another one
`,
  ]);
});

test.each([
  ['no pipeline', null],
  ['the same version', 'include:\n  - component: gitlab.com/tozo/tozo/pipeline@0.2.0\n'],
  ['a branch', 'include:\n  - component: gitlab.com/tozo/tozo/pipeline@main\n'],
  ['a prerelease', 'include:\n  - component: gitlab.com/tozo/tozo/pipeline@0.2.0-rc.1\n'],
])('%s stays', (_, text) => {
  const tree = treeOf(text);
  expect(updateTo(tree, '0.2.0')).toEqual([]);
  expect(tree.written).toEqual([]);
});

test('the default is the version of the package', () => {
  const tree = treeOf('component: gitlab.com/tozo/tozo/pipeline@0.0.1\n');
  // Nx passes options, too.
  (updatePipeline as (tree: Tree, options: object) => unknown)(tree, {});
  expect(tree.written).toEqual([expect.stringMatching(/pipeline@\d+\.\d+\.\d+\n$/)]);
});
