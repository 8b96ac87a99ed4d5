import type { IncomingMessage } from 'node:http';
import type { TodoStore } from '../store.ts';
import { addTodo, changeTodo, removeTodo } from './api.ts';
import { type HttpResponse, page, HttpError, seeOther } from './response.ts';
import { renderPage } from './page.ts';
import { readForm } from './request-body.ts';
import type { Routes } from './router.ts';

/** Returns the routes of the page and its forms. A form redirects to the changed item in the list. */
export function pageRoutes(store: TodoStore, sourceDigest: string | undefined): Routes {
  const show = async (status: number, rejected?: { title: string; message: string }): Promise<HttpResponse> => {
    const content = { todos: await store.list(), store: store.kind, ...(rejected && { rejected }) };
    return page(status, renderPage({ ...content, ...(sourceDigest === undefined ? {} : { sourceDigest }) }));
  };

  const add = async (request: IncomingMessage): Promise<HttpResponse> => {
    const { title = '' } = await readForm(request);
    try {
      await addTodo(store, { title });
      return seeOther('/#title');
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return show(error.status, { title, message: error.message });
    }
  };

  const change = async (request: IncomingMessage, id: string): Promise<HttpResponse> => {
    const form = await readForm(request);
    switch (form['do']) {
      case 'complete':
        await changeTodo(store, id, { done: true });
        return seeOther(`/#todo-${id}`);
      case 'reopen':
        await changeTodo(store, id, { done: false });
        return seeOther(`/#todo-${id}`);
      case 'delete':
        await removeTodo(store, id);
        return seeOther('/#list');
      default:
        throw new HttpError(422, 'invalid', 'The form contains no action: use complete, reopen or delete.');
    }
  };

  return { 'GET /': () => show(200), 'POST /todos': add, 'POST /todos/:id': change };
}
