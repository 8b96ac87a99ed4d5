import { describe, expect, it } from 'vitest';
import { send, startApp, unreachableStore } from '../testing/running-app.ts';
import { maxTodos } from '../todo.ts';
import { maxBodySize } from './request-body.ts';

describe('the API rejects, in JSON,', () => {
  it('invalid JSON', async () => {
    await using app = await startApp();
    const response = await send('POST', `${app.url}/api/todos`, '{"title":');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: { code: 'not_json', message: "The body isn't valid JSON." } });
  });

  it('a body of another media type', async () => {
    await using app = await startApp();
    const response = await fetch(`${app.url}/api/todos`, { method: 'POST', body: '{"title":"Buy milk"}' });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept')).toBe('application/json');
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_media_type' } });
    expect(await app.store.list()).toEqual([]);
  });

  it.each([maxBodySize + 1, 300_000, 5_000_000])('a body of %i bytes', async (size) => {
    await using app = await startApp();
    const pending = send('POST', `${app.url}/api/todos`, JSON.stringify({ title: 'x'.repeat(size - 12) }));
    // Above a megabyte the connection may close while the sender is still sending.
    const status = await pending.then((response) => response.status).catch(() => size > 1_048_576 && 413);
    expect(status).toBe(413);
    expect(await app.store.list()).toEqual([]);
  });

  it('an invalid todo, with every problem and its path', async () => {
    await using app = await startApp();
    const response = await send('POST', `${app.url}/api/todos`, { title: '', color: 'red' });
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      error: {
        code: 'invalid',
        message: 'Nothing was saved: color is an unknown field: use title; title must not be empty.',
        details: [
          { path: 'color', message: 'is an unknown field: use title' },
          { path: 'title', message: 'must not be empty' },
        ],
      },
    });
  });

  it('changing or deleting a missing todo', async () => {
    await using app = await startApp();
    for (const id of ['1', '0', 'x', '99999999999', '%00']) {
      const changed = await send('PATCH', `${app.url}/api/todos/${id}`, { done: true });
      const deleted = await fetch(`${app.url}/api/todos/${id}`, { method: 'DELETE' });
      expect([changed.status, deleted.status]).toEqual([404, 404]);
      expect(await changed.json()).toEqual({ error: { code: 'not_found', message: `Todo ${id} doesn't exist.` } });
    }
  });

  it('one todo too many', async () => {
    await using app = await startApp();
    for (let count = 0; count < maxTodos; count++) await app.store.add({ title: 'x' });
    const response = await send('POST', `${app.url}/api/todos`, { title: 'x' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: 'list_full' } });
  });

  it('another method, with the allowed ones', async () => {
    await using app = await startApp();
    const list = await fetch(`${app.url}/api/todos`, { method: 'DELETE' });
    expect([list.status, list.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    const one = await fetch(`${app.url}/api/todos/1`);
    expect([one.status, one.headers.get('allow')]).toEqual([405, 'PATCH, DELETE']);
    expect(await one.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
  });

  it('an unknown path', async () => {
    await using app = await startApp();
    const paths = ['/api', '/api/', '/api/todos/', '/api/todos/1/2', '/api/users'];
    const responses = await Promise.all(paths.map((path) => fetch(app.url + path)));
    expect(responses.map((response) => response.status)).toEqual(paths.map(() => 404));
  });

  it('everything while the database is unreachable, with the reason only in the log', async () => {
    await using app = await startApp({ store: await unreachableStore() });
    const response = await fetch(`${app.url}/api/todos`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unavailable' } });
    expect(text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|s3cret/);
    expect(app.lines).toEqual([expect.stringMatching(/^GET \/api\/todos: Postgres: .*ECONNREFUSED/)]);
  });
});

describe('the API', () => {
  it('adds, changes, lists and deletes todos', async () => {
    await using app = await startApp();
    const added = await send('POST', `${app.url}/api/todos`, { title: '  Buy milk ' });
    expect([added.status, added.headers.get('location')]).toEqual([201, '/api/todos/1']);
    const todo = await added.json();
    expect(todo).toEqual({ id: 1, title: 'Buy milk', done: false, createdAt: expect.stringMatching(/^\d{4}-.*Z$/) });

    const changed = await send(
      'PATCH',
      `${app.url}/api/todos/1`,
      { done: true },
      { 'content-type': 'application/JSON; charset=utf-8' },
    );
    expect([changed.status, await changed.json()]).toEqual([200, { ...(todo as object), done: true }]);

    const listed = await fetch(`${app.url}/api/todos`);
    expect(listed.headers.get('cache-control')).toBe('no-store');
    expect(await listed.json()).toEqual({ todos: [{ ...(todo as object), done: true }] });

    const deleted = await fetch(`${app.url}/api/todos/1`, { method: 'DELETE' });
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect(await (await fetch(`${app.url}/api/todos`)).json()).toEqual({ todos: [] });
  });
});
