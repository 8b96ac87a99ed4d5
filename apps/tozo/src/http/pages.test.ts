import { describe, expect, it } from 'vitest';
import { postForm, startApp, unreachableStore } from '../testing/running-app.ts';

describe('the page', () => {
  it('shows a rejected title again, and why', async () => {
    await using app = await startApp();
    const response = await postForm(`${app.url}/todos`, { title: `<i>"${'x'.repeat(200)}` });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(text).toContain('Nothing was saved: title must have at most 200 characters.');
    expect(text).toContain(`value="&lt;i&gt;&quot;xxx`);
    expect(text).toMatch(/aria-invalid="true" aria-describedby="title-error"/);
  });

  it('shows errors as pages', async () => {
    await using app = await startApp();
    const pages = [
      [await fetch(`${app.url}/nothing/here`), 404, 'Page not found.'],
      [await postForm(`${app.url}/todos/7`, { do: 'complete' }), 404, 'Todo 7 doesn&#39;t exist.'],
      [await postForm(`${app.url}/todos/7`, {}), 422, 'use complete, reopen or delete'],
      [await fetch(`${app.url}/todos`), 405, 'Method not allowed: use POST.'],
    ] as const;
    for (const [response, status, text] of pages) {
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const body = await response.text();
      expect(body).toContain(text);
      expect(body).toContain('<a href="/">Back to the list</a>');
    }

    await using broken = await startApp({ store: await unreachableStore() });
    const response = await fetch(broken.url);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('The list is unavailable.');
  });

  it('escapes titles', async () => {
    await using app = await startApp();
    await app.store.add({ title: `<script>alert('1')</script>` });
    const text = await (await fetch(app.url)).text();
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;');
  });

  it('warns that a list in memory gets lost', async () => {
    await using app = await startApp();
    expect(await (await fetch(app.url)).text()).toContain('This list is kept in memory');
  });

  it('shows the short source digest in the footer, if known', async () => {
    await using known = await startApp({ sourceDigest: 'sha256:142013fe2b5c07e6c5a8' });
    expect(await (await fetch(known.url)).text()).toMatch(/<footer>[^]*<code[^>]*>142013fe2b5c<\/code>/);
    await using unknown = await startApp();
    expect(await (await fetch(unknown.url)).text()).not.toContain('<code');
  });

  it('has a language, accessible names and a label', async () => {
    await using app = await startApp();
    await app.store.add({ title: 'Buy milk' });
    const text = await (await fetch(app.url)).text();
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<label for="title">What needs doing?</label>');
    expect(text.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ')).toContain('Complete Buy milk Buy milk Delete Buy milk');
  });
});

describe('the forms', () => {
  it('add, complete, reopen and delete, and redirect to the item in the list', async () => {
    await using app = await startApp();
    const steps = [
      ['/todos', { title: 'Buy milk' }, '/#title', [{ title: 'Buy milk', done: false }]],
      ['/todos/1', { do: 'complete' }, '/#todo-1', [{ title: 'Buy milk', done: true }]],
      ['/todos/1', { do: 'reopen' }, '/#todo-1', [{ title: 'Buy milk', done: false }]],
      ['/todos/1', { do: 'delete' }, '/#list', []],
    ] as const;
    for (const [path, fields, location, todos] of steps) {
      const response = await postForm(app.url + path, fields);
      expect([response.status, response.headers.get('location')]).toEqual([303, location]);
      expect(await app.store.list()).toMatchObject(todos);
    }
    expect(await app.store.list()).toEqual([]);
  });
});
