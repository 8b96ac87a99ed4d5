import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Graph, type GraphNode, layOut, lookUp } from './layout.ts';

type Edges = Readonly<Record<string, string>>;

function graph(app: Edges, packages: Readonly<Record<string, Edges>>, preferred: Edges = {}): Graph {
  const nodes = Object.entries(packages).map(([id, edges]): [string, GraphNode] => [
    id,
    { edges: new Map(Object.entries(edges)), preferred: preferred[id] },
  ]);
  return { app: new Map(Object.entries(app)), packages: new Map(nodes) };
}

test('keeps the places of a package manager', () => {
  const placed = layOut(
    graph(
      { debug: 'debug@4' },
      { 'debug@4': { ms: 'ms@2.1' }, 'ms@2.1': {} },
      { 'debug@4': 'node_modules/debug', 'ms@2.1': 'node_modules/debug/node_modules/ms' },
    ),
  );
  expect([...placed]).toEqual([
    ['node_modules/debug', 'debug@4'],
    ['node_modules/debug/node_modules/ms', 'ms@2.1'],
  ]);
});

test('a version that only the app uses moves to the root, and the one there moves to who needs it', () => {
  const preferred = {
    'ms@1': 'node_modules/ms',
    'ms@2': 'node_modules/ms',
    'a@1': 'node_modules/a',
    'b@1': 'node_modules/b',
  };
  const placed = layOut(
    graph(
      { ms: 'ms@2', a: 'a@1' },
      { 'ms@1': {}, 'ms@2': {}, 'a@1': { ms: 'ms@1', b: 'b@1' }, 'b@1': { ms: 'ms@2' } },
      preferred,
    ),
  );
  expect(Object.fromEntries(placed)).toEqual({
    'node_modules/a': 'a@1',
    'node_modules/a/node_modules/ms': 'ms@1',
    'node_modules/b': 'b@1',
    'node_modules/ms': 'ms@2',
  });
});

test('packages that need each other are placed once', () => {
  const placed = layOut(graph({ a: 'a@1' }, { 'a@1': { b: 'b@1' }, 'b@1': { a: 'a@1' } }));
  expect([...placed.keys()]).toEqual(['node_modules/a', 'node_modules/b']);
});

test('versions that need each other in a circle are rejected', () => {
  const packages = { 'a@1': { b: 'b@1' }, 'b@1': { a: 'a@2' }, 'a@2': { b: 'b@2' }, 'b@2': { a: 'a@1' } };
  expect(() => layOut(graph({ a: 'a@1' }, packages))).toThrow(/in a circle/);
});

test('every package finds the right version of what it imports, wherever it was installed', () => {
  const names = ['a', 'b', 'c', 'd'];
  const ids = names.flatMap((name) => [`${name}@1`, `${name}@2`]);
  // Edges lead to packages of the same or a later name, which keeps versions from nesting in each other forever.
  const edgesAfter = (name: string): fc.Arbitrary<Edges> =>
    fc
      .tuple(
        ...names.map((other) => (other > name ? fc.constantFrom('', `${other}@1`, `${other}@2`) : fc.constant(''))),
      )
      .map((targets) =>
        Object.fromEntries(names.flatMap((other, index) => (targets[index] ? [[other, targets[index]]] : []))),
      );
  const packages = fc
    .tuple(...ids.map((id) => edgesAfter(id.slice(0, 1))))
    .map((edges) => Object.fromEntries(ids.map((id, index) => [id, edges[index]!])));
  fc.assert(
    fc.property(packages, edgesAfter(''), edgesAfter(''), (packages, root, app) => {
      // Where a workspace's root needs them is where they were installed.
      const installed = layOut(graph(root, packages));
      const preferred = Object.fromEntries([...installed].map(([path, id]) => [id, path]));
      const { packages: nodes, app: edges } = graph(app, packages, preferred);
      const placed = layOut({ packages: nodes, app: edges });
      const found = [...edges].map(([name, id]) => placed.get(`node_modules/${name}`) === id);
      for (const [path, id] of placed)
        for (const [name, target] of nodes.get(id)!.edges) found.push(lookUp(placed, path, name) === target);
      return found.every(Boolean);
    }),
    { numRuns: 100 },
  );
});
