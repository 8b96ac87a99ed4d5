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

const outputsOf = (outputs: string[], more: object = {}, data: object = {}) =>
  deployProjectsOf(graph({ shop: { ...data, targets: { build: { outputs, ...more } } } }))[0]?.outputs;

test('lists the outputs of the targets before deploy, each once', () => {
  const targets = {
    deploy: { dependsOn: ['build', 'image-deps'] },
    build: { outputs: ['{projectRoot}/dist', '{workspaceRoot}/out/{projectRoot}/', '!{projectRoot}/x'] },
    'image-deps': { outputs: ['{projectRoot}/.image-deps', '{projectRoot}/dist'] },
  };
  expect(deployProjectsOf(graph({ shop: { targets } }))).toEqual([
    {
      name: 'shop',
      root: 'apps/shop',
      after: [],
      dependencies: [],
      outputs: [
        { path: 'apps/shop/dist', declared: '{projectRoot}/dist' },
        { path: 'out/apps/shop', declared: '{workspaceRoot}/out/{projectRoot}/' },
        { path: 'apps/shop/.image-deps', declared: '{projectRoot}/.image-deps' },
      ],
    },
  ]);
});

test.each([
  ['{projectRoot}/dist/**/*.js', 'apps/shop/dist'],
  ['{projectRoot}/out/{a,b}/x', 'apps/shop/out'],
  ['{projectRoot}/out/+(a|b)', 'apps/shop/out'],
  ['{projectRoot}/*.bundle.js', 'apps/shop'],
  ['{projectRoot}', 'apps/shop'],
  ['{projectRoot}/../../dist/shop', 'dist/shop'],
  ['{workspaceRoot}/*.js', '.'],
  ['{workspaceRoot}', '.'],
  ['{workspaceRoot}/dist/{projectName}', 'dist/shop'],
  ['dist/shop', 'dist/shop'],
])('takes the part of the output %s before the first wildcard', (declared, path) => {
  expect(outputsOf([declared])).toEqual([{ path, declared }]);
});

test("fills in the target's options, as Nx does", () => {
  const options = { dir: 'build', path: './dist/shop', deep: { dir: 'deep' }, mode: 'debug' };
  const more = { options, configurations: { release: { mode: 'release' } }, defaultConfiguration: 'release' };
  const outputs = ['{projectRoot}/{options.dir}', '{options.path}', '{options.deep.dir}', '{options.mode}'];
  expect(outputsOf([...outputs, '{options.none}'], more)?.map(({ path }) => path)).toEqual([
    'apps/shop/build',
    'dist/shop',
    'deep',
    'release',
  ]);
});

test('has no dot in the paths of a project at the root', () => {
  expect(outputsOf(['{projectRoot}/dist', '{projectRoot}/*.js'], {}, { root: '.' })?.map(({ path }) => path)).toEqual([
    'dist',
    '.',
  ]);
});

test("assumes Nx's own outputs for a build without any", () => {
  expect(deployProjectsOf(graph({ shop: { targets: { build: {} } }, docs: {} })).map(({ outputs }) => outputs)).toEqual(
    [[{ path: 'dist/apps/shop' }, { path: 'apps/shop/dist' }, { path: 'apps/shop/build' }], []],
  );
});

test('lists the projects of the workspace that one depends on', () => {
  const found = deployProjectsOf(
    graph({ web: {}, lib: {}, api: {} }, { web: ['lib', 'npm:zod'], lib: ['api', 'web'] }),
  );
  expect(found[0]?.dependencies).toEqual(['lib', 'api']);
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
