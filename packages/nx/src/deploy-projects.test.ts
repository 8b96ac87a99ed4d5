import { expect, test } from 'vitest';
import { deployProjectsOf, type ProjectGraph } from './deploy-projects.ts';

type Data = ProjectGraph['nodes'][string]['data'];

function graph(nodes: Record<string, Partial<Data>>, dependencies: Record<string, string[]> = {}): ProjectGraph {
  return {
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, data]) => [name, { data: { root: `apps/${name}`, ...data } }]),
    ),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, targets]) => [name, targets.map((target) => ({ target }))]),
    ),
  };
}

const afterOf = (found: ProjectGraph, name: string) =>
  deployProjectsOf(found).find((project) => project.name === name)?.after;

test('lists the outputs of the targets before deploy', () => {
  const targets = {
    deploy: { dependsOn: ['build', 'image-deps'] },
    build: {
      outputs: ['{projectRoot}/dist', '{workspaceRoot}/out/{projectRoot}', '{options.outputPath}', '!{projectRoot}/x'],
      options: { outputPath: 'build/shop' },
    },
    'image-deps': { outputs: ['{projectRoot}/.image-deps', '{projectRoot}/**/*.js'] },
  };
  expect(deployProjectsOf(graph({ shop: { targets } }))).toEqual([
    {
      name: 'shop',
      root: 'apps/shop',
      after: [],
      outputs: ['apps/shop/dist', 'out/apps/shop', 'build/shop', 'apps/shop/.image-deps'],
    },
  ]);
});

test("assumes Nx's own outputs for a build without any", () => {
  expect(deployProjectsOf(graph({ shop: { targets: { build: {} } }, docs: {} })).map(({ outputs }) => outputs)).toEqual(
    [['dist/apps/shop', 'apps/shop/dist', 'apps/shop/build'], []],
  );
});

test.each([
  ['api:deploy', ['api']],
  ['^deploy', ['api', 'lib']],
  ['^build', []],
  [{ target: 'deploy', projects: ['api', 'web', 'nobody'] }, ['api']],
  [{ target: 'deploy', projects: 'api' }, ['api']],
  [{ target: 'deploy', dependencies: true }, ['api', 'lib']],
])('reads the deploys before another one from dependsOn: %j', (dependency, after) => {
  const nodes = { web: { targets: { deploy: { dependsOn: [dependency] } } }, api: {}, lib: {} };
  expect(afterOf(graph(nodes, { web: ['lib', 'npm:zod'], lib: ['api'], api: ['lib'] }), 'web')).toEqual(after);
});
