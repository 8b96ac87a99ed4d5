import type { IncomingMessage } from 'node:http';
import type { TodoStore } from '../store.ts';
import { addTodo, changeTodo, removeTodo } from './api.ts';
import { type Answer, page, Refusal, seeOther } from './answer.ts';
import { renderPage } from './page.ts';
import { readForm } from './request-body.ts';
import type { Routes } from './router.ts';

/** The page and its forms. After a change the browser is sent back to the place in the list where it was made. */
export function pageRoutes(store: TodoStore, sourceDigest: string | undefined): Routes {
  const show = async (status: number, refused?: { title: string; message: string }): Promise<Answer> => {
    const content = { todos: await store.list(), store: store.kind, ...(refused && { refused }) };
    return page(status, renderPage({ ...content, ...(sourceDigest === undefined ? {} : { sourceDigest }) }));
  };

  const add = async (request: IncomingMessage): Promise<Answer> => {
    const { title = '' } = await readForm(request);
    try {
      await addTodo(store, { title });
      return seeOther('/#title');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return show(error.status, { title, message: error.message });
    }
  };

  const change = async (request: IncomingMessage, id: string): Promise<Answer> => {
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
        throw new Refusal(422, 'invalid', 'The form names nothing to do: complete, reopen or delete.');
    }
  };

  return { 'GET /': () => show(200), 'POST /todos': add, 'POST /todos/:id': change };
}
