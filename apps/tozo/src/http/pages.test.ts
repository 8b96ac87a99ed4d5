import { describe, expect, it } from 'vitest';
import { postForm, startApp, unreachableStore } from '../testing/running-app.ts';

describe('the page', () => {
  it('shows a title that was not taken again, and why', async () => {
    await using app = await startApp();
    const answer = await postForm(`${app.url}/todos`, { title: `<i>"${'x'.repeat(200)}` });
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(text).toContain('Nothing was saved: title must have at most 200 characters.');
    expect(text).toContain(`value="&lt;i&gt;&quot;xxx`);
    expect(text).toMatch(/aria-invalid="true" aria-describedby="title-error"/);
  });

  it('is a page too when something is missing, unknown or out of reach', async () => {
    await using app = await startApp();
    const pages = [
      [await fetch(`${app.url}/nothing/here`), 404, 'There is nothing at this address.'],
      [await postForm(`${app.url}/todos/7`, { do: 'complete' }), 404, 'There is no todo 7.'],
      [await postForm(`${app.url}/todos/7`, {}), 422, 'complete, reopen or delete'],
      [await fetch(`${app.url}/todos`), 405, 'This address answers POST.'],
    ] as const;
    for (const [answer, status, text] of pages) {
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const body = await answer.text();
      expect(body).toContain(text);
      expect(body).toContain('<a href="/">Back to the list</a>');
    }

    await using broken = await startApp({ store: await unreachableStore() });
    const answer = await fetch(broken.url);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('The list cannot be reached just now.');
  });

  it('escapes what people typed', async () => {
    await using app = await startApp();
    await app.store.add({ title: `<script>alert('1')</script>` });
    const text = await (await fetch(app.url)).text();
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;');
  });

  it('says that a list in memory will be gone', async () => {
    await using app = await startApp();
    expect(await (await fetch(app.url)).text()).toContain('This list is kept in memory');
  });

  it('shows the short form of its source in the footer, and nothing when it is not known', async () => {
    await using known = await startApp({ sourceDigest: 'sha256:142013fe2b5c07e6c5a8' });
    expect(await (await fetch(known.url)).text()).toMatch(/<footer>[^]*<code[^>]*>142013fe2b5c<\/code>/);
    await using unknown = await startApp();
    expect(await (await fetch(unknown.url)).text()).not.toContain('<code');
  });

  it('has a language, a name for each control and a label for the field', async () => {
    await using app = await startApp();
    await app.store.add({ title: 'Buy milk' });
    const text = await (await fetch(app.url)).text();
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<label for="title">What needs doing?</label>');
    expect(text.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ')).toContain('Complete Buy milk Buy milk Delete Buy milk');
  });
});

describe('the forms', () => {
  it('add, complete, reopen and delete, and lead back to the place in the list', async () => {
    await using app = await startApp();
    const steps = [
      ['/todos', { title: 'Buy milk' }, '/#title', [{ title: 'Buy milk', done: false }]],
      ['/todos/1', { do: 'complete' }, '/#todo-1', [{ title: 'Buy milk', done: true }]],
      ['/todos/1', { do: 'reopen' }, '/#todo-1', [{ title: 'Buy milk', done: false }]],
      ['/todos/1', { do: 'delete' }, '/#list', []],
    ] as const;
    for (const [path, fields, location, todos] of steps) {
      const answer = await postForm(app.url + path, fields);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, location]);
      expect(await app.store.list()).toMatchObject(todos);
    }
    expect(await app.store.list()).toEqual([]);
  });
});
