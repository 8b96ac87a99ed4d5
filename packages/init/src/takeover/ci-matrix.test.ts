import { expect, test } from 'vitest';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

const fromCi = (ci: string): InitPlan =>
  planInit(snapshotOf({ ...projects.node, Dockerfile: 'FROM node:24-slim\n', '.gitlab-ci.yml': ci }), {
    directory: '',
    version: '0.1.0',
    from: ['.gitlab-ci.yml'],
  });
const deployOf = ({ changes }: InitPlan): object =>
  JSON.parse(changes.find(({ path }) => path === 'deploy.json')!.after) as object;
const left = ({ lines }: InitPlan): string =>
  lines.flatMap((line) => (line.left === undefined ? [] : [`${line.text}: ${line.left}`])).join('\n');

test.each([
  [
    '- APP: [shop-staging, shop-live]',
    '',
    { 'shop-staging': { app: 'shop-staging' }, 'shop-live': { app: 'shop-live' } },
  ],
  [
    '- { APP: shop-staging, PLACE: staging }\n      - { APP: shop-live, PLACE: production }',
    '  environment: $PLACE\n',
    { staging: { app: 'shop-staging' }, production: { app: 'shop-live' } },
  ],
])('the jobs of a matrix are environments: %s', (matrix, environment, environments) => {
  const found = fromCi(
    `deploy:\n${environment}  parallel:\n    matrix:\n      ${matrix}\n  script: heroku container:push web -a $APP\n`,
  );
  expect(deployOf(found)).toMatchObject({ environments });
  expect(left(found)).not.toMatch(/\$APP|parallel/);
});

test('a variable of the jobs is not one to rename, although their template has no value for it', () => {
  const found = fromCi(
    `.deploy:\n  script: heroku container:push web -a $APP\nlive:\n  extends: .deploy\n  variables: { APP: shop-live }\n`,
  );
  expect(deployOf(found)).toMatchObject({ app: 'shop-live' });
  expect(left(found)).not.toContain('$APP');
});
