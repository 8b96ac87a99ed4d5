import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { emptyFile } from '../testing/empty-file.ts';
import { assertWriteAccess } from './access.ts';
import type { StoredResource } from './state.ts';
import type { TerraformFile } from './terraform-file.ts';

const file: TerraformFile = {
  ...emptyFile,
  resources: [
    { address: 'heroku_app.shop', type: 'heroku_app', attributes: {} },
    { address: 'gitlab_project.shop', type: 'gitlab_project', attributes: {} },
  ],
};

const stored: StoredResource[] = [
  { address: 'heroku_app.shop', type: 'heroku_app', id: 'uuid-1', attributes: { name: 'shop-live' }, isTainted: false },
  { address: 'gitlab_project.shop', type: 'gitlab_project', id: '7', attributes: {}, isTainted: false },
];

/** Both APIs on one port. */
async function serve(responses: Readonly<Record<string, object | number>>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const found = responses[url] ?? 404;
    response.writeHead(typeof found === 'number' ? found : 200).end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function check(responses: Readonly<Record<string, object | number>>): Promise<string> {
  const url = await serve(responses);
  const env = { HEROKU_API_KEY: 'HRKU-5ecret', GITLAB_TOKEN: 'glpat-5ecret', HEROKU_API_URL: url };
  try {
    await assertWriteAccess({ ...file, gitlabUrl: `${url}/api/v4/` }, stored, { env });
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', message: expect.not.stringContaining('5ecret') });
    return (error as Error).message;
  }
}

const mayWrite = {
  '/api/v4/personal_access_tokens/self': { scopes: ['api'] },
  '/api/v4/projects/7': {
    path_with_namespace: 'acme/shop',
    permissions: { project_access: { access_level: 40 }, group_access: null },
  },
  '/account': { email: 'ann@example.com' },
};

test('a token that may only read is named with the scope that it lacks (fault 193, infrastructure)', async () => {
  expect(await check(mayWrite)).toBe('');
  expect(await check({ ...mayWrite, '/api/v4/personal_access_tokens/self': { scopes: ['read_api'] } })).toContain(
    'GITLAB_TOKEN has the scopes read_api, and changes need the scope api',
  );
});

test('a token of a Developer is named with the role that it lacks (fault 193, infrastructure)', async () => {
  const permissions = { project_access: { access_level: 30 }, group_access: { access_level: 20 } };
  expect(
    await check({ ...mayWrite, '/api/v4/projects/7': { path_with_namespace: 'acme/shop', permissions } }),
  ).toContain('has the role Developer in acme/shop, and changes of the project need the role Maintainer');
});

test("a key of someone without the app's permissions is named with them (fault 193, infrastructure)", async () => {
  const permissions = [{ name: 'view' }, { name: 'deploy' }];
  expect(await check({ ...mayWrite, '/teams/apps/uuid-1/collaborators/ann%40example.com': { permissions } })).toContain(
    'lacks the permission operate and manage of the app shop-live',
  );
  expect(await check({ ...mayWrite, '/account': 401 })).toContain('HEROKU_API_KEY is rejected by Heroku');
});

test("what can't be read isn't judged, and a token goes to no other host", async () => {
  expect(await check({})).toBe('');
  expect(await check({ '/account': 500, '/api/v4/personal_access_tokens/self': 503 })).toBe('');
  const env = {
    HEROKU_API_KEY: 'HRKU-5ecret',
    GITLAB_TOKEN: 'glpat-5ecret',
    HEROKU_API_URL: 'https://heroku.example.com',
  };
  await expect(
    assertWriteAccess({ ...file, gitlabUrl: undefined, resources: [file.resources[0]!] }, stored, { env }),
  ).rejects.toMatchObject({
    code: 'SETTINGS_INVALID',
  });
});
