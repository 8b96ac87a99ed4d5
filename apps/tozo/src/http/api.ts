import type { TodoStore } from '../store.ts';
import { maxTodos, type Parsed, parseNewTodo, parseTodoChange, parseTodoId, type Todo } from '../todo.ts';
import { json, HttpError } from './response.ts';
import { readJson } from './request-body.ts';
import type { Routes } from './router.ts';

/** Returns the routes of the JSON API. A todo is `{ "id": 1, "title": "…", "done": false, "createdAt": "2026-01-31T12:00:00.000Z" }`. */
export function apiRoutes(store: TodoStore): Routes {
  return {
    'GET /api/todos': async () => json(200, { todos: await store.list() }),
    'POST /api/todos': async (request) => {
      const todo = await addTodo(store, await readJson(request));
      return json(201, todo, { location: `/api/todos/${todo.id}` });
    },
    'PATCH /api/todos/:id': async (request, id) => json(200, await changeTodo(store, id, await readJson(request))),
    'DELETE /api/todos/:id': async (_request, id) => {
      await removeTodo(store, id);
      return { status: 204, headers: {}, body: '' };
    },
  };
}

/** @throws HttpError 422 for an invalid todo, 409 if the list is full */
export async function addTodo(store: TodoStore, input: unknown): Promise<Todo> {
  const todo = await store.add(assertValid(parseNewTodo(input)));
  if (todo === undefined)
    throw new HttpError(409, 'list_full', `The list already contains ${maxTodos} todos: delete one first.`);
  return todo;
}

/** @throws HttpError 422 for an invalid change, 404 if the todo doesn't exist */
export async function changeTodo(store: TodoStore, id: string, input: unknown): Promise<Todo> {
  const change = assertValid(parseTodoChange(input));
  const number = parseTodoId(id);
  return (number === undefined ? undefined : await store.update(number, change)) ?? throwNotFound(id);
}

/** @throws HttpError 404 if the todo doesn't exist */
export async function removeTodo(store: TodoStore, id: string): Promise<void> {
  const number = parseTodoId(id);
  if (number === undefined || !(await store.remove(number))) throwNotFound(id);
}

function assertValid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  const text = parsed.problems.map(({ path, message }) => `${path || 'the body'} ${message}`).join('; ');
  throw new HttpError(422, 'invalid', `Nothing was saved: ${text}.`, { details: parsed.problems });
}

function throwNotFound(id: string): never {
  throw new HttpError(404, 'not_found', `Todo ${id.slice(0, 20)} doesn't exist.`);
}
