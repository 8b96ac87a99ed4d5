import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gitlabRoutes } from '../gitlab/handler.ts';
import { herokuRoutes } from '../heroku/handler.ts';
import { registryOperations } from '../registry/handler.ts';
import { assumptionSwitches } from '../server/assumptions.ts';
import { renderScores } from './render.ts';
import { assumedOperations, rowsOf } from './rests-on.ts';
import { fidelityRows } from './rows.ts';

const packageFile = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = fidelityRows();

test('each row has its own ID, which begins with its platform', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  for (const { id, platform, claim, source } of rows) {
    expect(id.startsWith(`${platform}.`), id).toBe(true);
    expect(claim.endsWith('.') && source.length > 0, id).toBe(true);
  }
});

test('every route is in a row', () => {
  const operations = new Set(
    rows.flatMap(({ platform, operation }) => operation.split(', ').map((one) => `${platform} ${one}`)),
  );
  const served = [
    ...herokuRoutes.map(({ method, pattern }) => `heroku ${method} ${pattern}`),
    ...gitlabRoutes.map(({ method, pattern }) => `gitlab ${method} ${pattern}`),
    ...registryOperations.map((operation) => `registry ${operation}`),
  ];
  expect(served.filter((route) => !operations.has(route))).toEqual([]);
});

test('every assumption is in a row', () => {
  const switches = rows.flatMap((row) => row.switch ?? []);
  expect(switches.toSorted()).toEqual(Object.keys(assumptionSwitches).toSorted());
});

test('every test that a row names exists', () => {
  const missing = rows.filter((row) => {
    const [file = '', ...title] = row.test.split(': ');
    return !packageFile(file).includes(title.join(': '));
  });
  expect(missing).toEqual([]);
});

test('the README has the scores', () => {
  const cells = (text: string) => text.replaceAll(/ +|-{3,}/g, ' ');
  const scores = renderScores(rows);
  expect(cells(packageFile('README.md')), `the README needs this table:\n${scores}`).toContain(cells(scores));
});

test('an exchange rests on the rows of its operation', () => {
  const ids = (service: 'heroku' | 'registry', method: string, path: string) =>
    rowsOf({ service, method, path }).map(({ id }) => id);
  expect(ids('heroku', 'PATCH', '/apps/shop/formation')).toContain('heroku.assumption.olderImages');
  expect(ids('heroku', 'GET', '/pipelines?eq[name]=store')).toContain('heroku.pipelines.name-filter');
  expect(ids('heroku', 'GET', '/regions')).not.toContain('heroku.pipelines.name-filter');
  expect(ids('registry', 'HEAD', '/v2/shop/web/blobs/sha256:0')).toContain('registry.blob.get');
  expect(ids('registry', 'POST', '/v2/shop/web/blobs/uploads/?mount=x')).toContain('registry.assumption.mounts');
});

test('the operations that rested on assumptions are counted, the most frequent first', () => {
  const entry = (path: string) => ({ service: 'heroku', method: 'PATCH', path }) as const;
  const found = assumedOperations([
    { service: 'heroku', method: 'GET', path: '/regions' },
    entry('/apps/shop/config-vars'),
    entry('/apps/shop/formation'),
    entry('/apps/stage/formation'),
  ]);
  expect(found.map(({ operation, requests }) => [operation, requests])).toEqual([
    ['heroku PATCH /apps/:app/formation', 2],
    ['heroku PATCH /apps/:app/config-vars', 1],
  ]);
});
