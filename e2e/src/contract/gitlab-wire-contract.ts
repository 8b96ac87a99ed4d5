import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitlabConnection } from './gitlab-contract.ts';

interface WireResponse<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
interface ShownVariable {
  readonly key: string;
  readonly value: string | null;
}

/**
 * How GitLab responds, request by request and without a client. The suite creates variables whose keys start with a unique
 * prefix, and removes only those.
 */
export function gitlabWireContract(service: string, open: () => Promise<GitlabConnection>): void {
  describe(`the API of ${service}`, { timeout: 120_000 }, () => {
    const prefix = `TOZO_CONTRACT_${randomBytes(4).toString('hex').toUpperCase()}_`;
    const created: { key: string; scope: string }[] = [];
    let connection: GitlabConnection;

    beforeAll(async () => {
      connection = await open();
    });
    afterAll(async () => {
      for (const { key, scope } of created) await send('DELETE', `/${key}${filter(scope)}`);
      await connection[Symbol.asyncDispose]();
    }, 120_000);

    async function send<Body = unknown>(method: string, path = '', body?: object, token = connection.token) {
      const { url, projectId } = connection;
      const response = await fetch(`${url}/api/v4/projects/${encodeURIComponent(String(projectId))}/variables${path}`, {
        method,
        headers: { 'private-token': token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed = text === '' ? undefined : (JSON.parse(text) as Body);
      return { status: response.status, headers: response.headers, body: parsed } as WireResponse<Body>;
    }
    async function create(name: string, more: object = {}, scope = '*'): Promise<WireResponse> {
      const key = prefix + name;
      const response = await send('POST', '', { key, value: 'eight888', environment_scope: scope, ...more });
      if (response.status === 201) created.push({ key, scope });
      return response;
    }

    it('returns 401 without a token and for a wrong one', async () => {
      for (const token of ['', 'glpat-00000000000000000000']) {
        expect(await send('GET', '', undefined, token)).toMatchObject({
          status: 401,
          body: { message: '401 Unauthorized' },
        });
      }
    });

    it.each([
      ['a value of seven characters', { value: 'seven77', masked: true }],
      ['a value with a space', { value: 'with a space', masked: true }],
      ['a value with a line break', { value: 'two\nlines88', masked: true, raw: true }],
      ['a short hidden value', { value: 'tozo', masked_and_hidden: true }],
    ])('returns 400: %s cannot be masked (fault 85, sandbox)', async (_, more) => {
      const { status, body } = await create('MASKED', more);
      expect([status, body]).toMatchObject([400, { message: { value: [expect.stringContaining('invalid')] } }]);
    });

    it('returns 400 for a key with a dash and for a missing key', async () => {
      expect((await create('A-DASH')).status).toBe(400);
      expect((await send('POST', '', { value: 'x' })).status).toBe(400);
    });

    it('returns a variable with all fields and defaults', async () => {
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

    it('returns 400 with the reason for a key that is in use in its scope (fault 88, sandbox)', async () => {
      await create('TAKEN');
      const { status, body } = await create('TAKEN');
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('has already been taken')]);
    });

    it('finds one of several scopes by its exact name: 409 without a scope, 404 for a wrong one (fault 86, sandbox)', async () => {
      await create('SCOPED', { value: 'all' });
      await create('SCOPED', { value: 'live' }, 'production');
      const path = `/${prefix}SCOPED`;
      expect((await send('GET', path)).status).toBe(409);
      expect((await send('PUT', path, { value: 'x' })).status).toBe(409);
      expect((await send('GET', `${path}${filter('prod*')}`)).status).toBe(404);
      expect((await send<ShownVariable>('GET', `${path}${filter('production')}`)).body.value).toBe('live');
      expect((await send<ShownVariable>('GET', `${path}${filter('*')}`)).body.value).toBe('all');
    });

    it('returns null for a hidden value', async () => {
      expect(await create('HIDDEN', { masked_and_hidden: true })).toMatchObject({
        status: 201,
        body: { hidden: true, masked: true },
      });
      expect((await send<ShownVariable>('GET', `/${prefix}HIDDEN`)).body.value).toBeNull();
    });

    it('returns pages of 20 by default and 100 at most, with totals and a link to the next page', async () => {
      for (let index = 0; index < 3; index += 1) await create(`PAGE_${index}`);
      const page = await send<ShownVariable[]>('GET', '?per_page=2&page=1');
      expect(page.body).toHaveLength(2);
      expect(page.headers.get('x-next-page')).toBe('2');
      expect(page.headers.get('x-per-page')).toBe('2');
      expect(Number(page.headers.get('x-total'))).toBeGreaterThanOrEqual(3);
      expect(page.headers.get('link')).toMatch(/<[^>]+page=2[^>]*>; rel="next"/);
      expect((await send('GET')).headers.get('x-per-page')).toBe('20');
      expect((await send('GET', '?per_page=1000')).headers.get('x-per-page')).toBe('100');
    });

    it('returns 204 for a removal, then 404', async () => {
      await create('REMOVED');
      expect((await send('DELETE', `/${prefix}REMOVED`)).status).toBe(204);
      expect(await send('DELETE', `/${prefix}REMOVED`)).toMatchObject({
        status: 404,
        body: { message: '404 Variable Not Found' },
      });
    });
  });
}

const filter = (scope: string): string => `?filter%5Benvironment_scope%5D=${encodeURIComponent(scope)}`;
