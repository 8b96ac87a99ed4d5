import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitlabConnection } from './gitlab-contract.ts';

interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
interface Shown {
  readonly key: string;
  readonly value: string | null;
}

/**
 * How GitLab answers, request by request and with no client in between. The suite makes variables whose keys begin with a
 * prefix of its own, and removes only those.
 */
export function gitlabWireContract(service: string, open: () => Promise<GitlabConnection>): void {
  describe(`the API of ${service}`, { timeout: 120_000 }, () => {
    const prefix = `TOZO_CONTRACT_${randomBytes(4).toString('hex').toUpperCase()}_`;
    const made: { key: string; scope: string }[] = [];
    let connection: GitlabConnection;

    beforeAll(async () => {
      connection = await open();
    });
    afterAll(async () => {
      for (const { key, scope } of made) await ask('DELETE', `/${key}${filter(scope)}`);
      await connection[Symbol.asyncDispose]();
    }, 120_000);

    async function ask<Body = unknown>(method: string, path = '', body?: object, token = connection.token) {
      const { url, projectId } = connection;
      const response = await fetch(`${url}/api/v4/projects/${encodeURIComponent(String(projectId))}/variables${path}`, {
        method,
        headers: { 'private-token': token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed = text === '' ? undefined : (JSON.parse(text) as Body);
      return { status: response.status, headers: response.headers, body: parsed } as Answer<Body>;
    }
    async function create(name: string, more: object = {}, scope = '*'): Promise<Answer> {
      const key = prefix + name;
      const answer = await ask('POST', '', { key, value: 'eight888', environment_scope: scope, ...more });
      if (answer.status === 201) made.push({ key, scope });
      return answer;
    }

    it('no token, and a wrong one: 401', async () => {
      for (const token of ['', 'glpat-00000000000000000000']) {
        expect(await ask('GET', '', undefined, token)).toMatchObject({
          status: 401,
          body: { message: '401 Unauthorized' },
        });
      }
    });

    it.each([
      ['a value of seven characters', { value: 'seven77', masked: true }],
      ['a value with a space', { value: 'with a space', masked: true }],
      ['a value with a line break', { value: 'two\nlines88', masked: true, raw: true }],
      ['a hidden value that cannot be masked', { value: 'tozo', masked_and_hidden: true }],
    ])('%s cannot be masked: 400 (fault 85, sandbox)', async (_, more) => {
      const { status, body } = await create('MASKED', more);
      expect([status, body]).toMatchObject([400, { message: { value: [expect.stringContaining('invalid')] } }]);
    });

    it('a key with a dash, or none: 400', async () => {
      expect((await create('A-DASH')).status).toBe(400);
      expect((await ask('POST', '', { value: 'x' })).status).toBe(400);
    });

    it('a variable is shown with all of its fields and defaults', async () => {
      const { status, body } = await create('PLAIN');
      expect([status, body]).toMatchObject([
        201,
        {
          key: `${prefix}PLAIN`,
          value: 'eight888',
          variable_type: 'env_var',
          protected: false,
          masked: false,
          raw: false,
          hidden: false,
          environment_scope: '*',
          description: null,
        },
      ]);
    });

    it('a key that is taken in its scope: 400, and the message says so (fault 88, sandbox)', async () => {
      await create('TAKEN');
      const { status, body } = await create('TAKEN');
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('has already been taken')]);
    });

    it('one of several scopes is named exactly; without a name 409, a wrong one 404 (fault 86, sandbox)', async () => {
      await create('SCOPED', { value: 'all' });
      await create('SCOPED', { value: 'live' }, 'production');
      const path = `/${prefix}SCOPED`;
      expect((await ask('GET', path)).status).toBe(409);
      expect((await ask('PUT', path, { value: 'x' })).status).toBe(409);
      expect((await ask('GET', `${path}${filter('prod*')}`)).status).toBe(404);
      expect((await ask<Shown>('GET', `${path}${filter('production')}`)).body.value).toBe('live');
      expect((await ask<Shown>('GET', `${path}${filter('*')}`)).body.value).toBe('all');
    });

    it('a hidden value is null wherever it is read', async () => {
      expect(await create('HIDDEN', { masked_and_hidden: true })).toMatchObject({
        status: 201,
        body: { hidden: true, masked: true },
      });
      expect((await ask<Shown>('GET', `/${prefix}HIDDEN`)).body.value).toBeNull();
    });

    it('pages: 20 without a size, at most 100, with totals and a link to the next', async () => {
      for (let index = 0; index < 3; index += 1) await create(`PAGE_${index}`);
      const page = await ask<Shown[]>('GET', '?per_page=2&page=1');
      expect(page.body).toHaveLength(2);
      expect(page.headers.get('x-next-page')).toBe('2');
      expect(page.headers.get('x-per-page')).toBe('2');
      expect(Number(page.headers.get('x-total'))).toBeGreaterThanOrEqual(3);
      expect(page.headers.get('link')).toMatch(/<[^>]+page=2[^>]*>; rel="next"/);
      expect((await ask('GET')).headers.get('x-per-page')).toBe('20');
      expect((await ask('GET', '?per_page=1000')).headers.get('x-per-page')).toBe('100');
    });

    it('a removal: 204, then 404', async () => {
      await create('GONE');
      expect((await ask('DELETE', `/${prefix}GONE`)).status).toBe(204);
      expect(await ask('DELETE', `/${prefix}GONE`)).toMatchObject({
        status: 404,
        body: { message: '404 Variable Not Found' },
      });
    });
  });
}

const filter = (scope: string): string => `?filter%5Benvironment_scope%5D=${encodeURIComponent(scope)}`;
