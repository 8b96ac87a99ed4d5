import type { DeployProject } from '@tozo/nx';
import { expect, test } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { buildOutputsOf } from './build-outputs.ts';

const shop = { project: 'shop', directory: 'apps/shop', dependencies: ['lib'] };
const project = (name: string, root: string): DeployProject => ({
  ...{ name, root, after: [], dependencies: [] },
  outputs: [{ path: `${root}/dist`, declared: '{projectRoot}/dist' }],
});
const projects = [project('shop', 'apps/shop'), project('blog', 'apps/blog'), project('lib', 'libs/lib')];
const tracked = ['apps/shop/deploy.json', 'apps/shop/src/server.js', 'apps/blog/deploy.json', 'tools/run.sh'];

const outputsOf = (path: string, app = shop) =>
  buildOutputsOf(app, [{ path, declared: `declared ${path}` }], { tracked, projects });

test.each(['apps/shop/dist', 'dist/apps/shop', 'libs/lib/dist', 'libs/lib/dist/esm', 'apps/shop/.tozo/image'])(
  'hands over %s',
  (path) => {
    expect(outputsOf(path)).toEqual([path]);
  },
);

test.each([
  ['apps/shop', "it's the whole project apps/shop"],
  ['apps', 'apps contains the whole project'],
  ['.', '. contains the whole project'],
  ['apps/shop/deploy.json', 'git tracks apps/shop/deploy.json'],
  ['apps/shop/src', 'apps/shop/src contains apps/shop/src/server.js, which git tracks'],
  ['tools', 'tools contains tools/run.sh, which git tracks'],
  ['.git/hooks', '.git/hooks is in .git,'],
  ['libs/lib/.git', 'libs/lib/.git is in .git,'],
  ['.gitlab/tozo/node_modules', '.gitlab/tozo/node_modules is in .gitlab,'],
  ['.tozo', '.tozo is in .tozo,'],
  ['apps/blog/dist', 'apps/blog/dist is in the project blog and not an output of a dependency'],
  ['libs/lib/generated', 'libs/lib/generated is in the project lib and not an output of a dependency'],
])('refuses %s, and says why', (path, reason) => {
  const start = `shop: the deploy job can't use the output "declared ${path}", because ${reason}`;
  expect(() => outputsOf(path)).toThrow(UsageError);
  expect(() => outputsOf(path)).toThrow(start);
});

test('leaves out what is only assumed', () => {
  const assumed = [{ path: 'apps/shop/src' }, { path: 'apps/shop/dist' }];
  expect(buildOutputsOf(shop, assumed, { tracked, projects })).toEqual(['apps/shop/dist']);
});

test('hands over the image of an app at the root', () => {
  const root = { project: 'shop', directory: '.', dependencies: [] };
  expect(outputsOf('.tozo/image', root)).toEqual(['.tozo/image']);
  expect(() => outputsOf('.tozo', root)).toThrow('.tozo is in .tozo');
});
