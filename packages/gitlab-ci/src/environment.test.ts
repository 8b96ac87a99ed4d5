import { expect, test } from 'vitest';
import { assertDistinctEnvironments, gitlabEnvironmentOf } from './environment.ts';

test.each([
  ['shop', 'production/shop'],
  ['@acme/shop', 'production/acme-shop'],
  ['apps/shop web', 'production/apps-shop-web'],
  ['Shop_2.0', 'production/Shop_2.0'],
])('names the environment of project %s %s', (project, name) => {
  expect(gitlabEnvironmentOf('production', project)).toBe(name);
});

test('refuses a project name that leaves nothing, or too much', () => {
  expect(() => gitlabEnvironmentOf('production', '.')).toThrow(/leaves no name for a GitLab environment/);
  expect(() => gitlabEnvironmentOf('production', 'a'.repeat(245))).toThrow(/has 256 characters, GitLab accepts 255/);
});

test('refuses two projects that would share an environment, and names both (fault 130, gitlab)', () => {
  expect(() => assertDistinctEnvironments('production', ['@acme/shop', 'web', 'acme-shop'])).toThrow(
    'The projects @acme/shop and acme-shop would share the GitLab environment production/acme-shop',
  );
  assertDistinctEnvironments('production', ['@acme/shop', '@other/shop', 'shop']);
});
