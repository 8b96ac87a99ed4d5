import { describe, expect, it } from 'vitest';
import { send, startApp, unreachableStore } from '../testing/running-app.ts';
import { longestList } from '../todo.ts';
import { largestBody } from './request-body.ts';

describe('the API refuses, in JSON,', () => {
  it('a body that is not JSON', async () => {
    await using app = await startApp();
    const answer = await send('POST', `${app.url}/api/todos`, '{"title":');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: { code: 'not_json', message: 'The body is not JSON.' } });
  });

  it('a body that does not say it is JSON', async () => {
    await using app = await startApp();
    const answer = await fetch(`${app.url}/api/todos`, { method: 'POST', body: '{"title":"Buy milk"}' });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('accept')).toBe('application/json');
    expect(await answer.json()).toMatchObject({ error: { code: 'unsupported_media_type' } });
    expect(await app.store.list()).toEqual([]);
  });

  it.each([largestBody + 1, 300_000, 5_000_000])('a body of %i bytes', async (size) => {
    await using app = await startApp();
    const refused = send('POST', `${app.url}/api/todos`, JSON.stringify({ title: 'x'.repeat(size - 12) }));
    // Beyond a megabyte the connection may be cut while the sender is still sending.
    const status = await refused.then((answer) => answer.status).catch(() => size > 1_048_576 && 413);
    expect(status).toBe(413);
    expect(await app.store.list()).toEqual([]);
  });

  it('an invalid todo, with every fault and its path', async () => {
    await using app = await startApp();
    const answer = await send('POST', `${app.url}/api/todos`, { title: '', colour: 'red' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({
      error: {
        code: 'invalid',
        message: 'Nothing was saved: colour is not a field; there are: title; title must not be empty.',
        details: [
          { path: 'colour', message: 'is not a field; there are: title' },
          { path: 'title', message: 'must not be empty' },
        ],
      },
    });
  });

  it('a change of, or farewell to, a todo that is not there', async () => {
    await using app = await startApp();
    for (const id of ['1', '0', 'x', '99999999999', '%00']) {
      const changed = await send('PATCH', `${app.url}/api/todos/${id}`, { done: true });
      const deleted = await fetch(`${app.url}/api/todos/${id}`, { method: 'DELETE' });
      expect([changed.status, deleted.status]).toEqual([404, 404]);
      expect(await changed.json()).toEqual({ error: { code: 'not_found', message: `There is no todo ${id}.` } });
    }
  });

  it('one todo too many', async () => {
    await using app = await startApp();
    for (let count = 0; count < longestList; count++) await app.store.add({ title: 'x' });
    const answer = await send('POST', `${app.url}/api/todos`, { title: 'x' });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ error: { code: 'list_full' } });
  });

  it('a method that an address does not have, naming those it has', async () => {
    await using app = await startApp();
    const list = await fetch(`${app.url}/api/todos`, { method: 'DELETE' });
    expect([list.status, list.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    const one = await fetch(`${app.url}/api/todos/1`);
    expect([one.status, one.headers.get('allow')]).toEqual([405, 'PATCH, DELETE']);
    expect(await one.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
  });

  it('an address that is not there', async () => {
    await using app = await startApp();
    const paths = ['/api', '/api/', '/api/todos/', '/api/todos/1/2', '/api/users'];
    const answers = await Promise.all(paths.map((path) => fetch(app.url + path)));
    expect(answers.map((answer) => answer.status)).toEqual(paths.map(() => 404));
  });

  it('everything while the database cannot be reached, and tells the log why, not the visitor', async () => {
    await using app = await startApp({ store: await unreachableStore() });
    const answer = await fetch(`${app.url}/api/todos`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    const text = await answer.text();
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
