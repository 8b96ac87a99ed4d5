import type { TodoStore } from '../store.ts';
import { longestList, type Parsed, parseNewTodo, parseTodoChange, parseTodoId, type Todo } from '../todo.ts';
import { json, Refusal } from './answer.ts';
import { readJson } from './request-body.ts';
import type { Routes } from './router.ts';

/** The JSON API. A todo reads `{ "id": 1, "title": "…", "done": false, "createdAt": "2026-01-31T12:00:00.000Z" }`. */
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

/** @throws Refusal 422 for an invalid todo, 409 when the list is full */
export async function addTodo(store: TodoStore, input: unknown): Promise<Todo> {
  const todo = await store.add(valid(parseNewTodo(input)));
  if (todo === undefined)
    throw new Refusal(409, 'list_full', `The list holds ${longestList} todos already: delete one first.`);
  return todo;
}

/** @throws Refusal 422 for an invalid change, 404 when there is no such todo */
export async function changeTodo(store: TodoStore, id: string, input: unknown): Promise<Todo> {
  const change = valid(parseTodoChange(input));
  const number = parseTodoId(id);
  return (number === undefined ? undefined : await store.update(number, change)) ?? noSuchTodo(id);
}

/** @throws Refusal 404 when there is no such todo */
export async function removeTodo(store: TodoStore, id: string): Promise<void> {
  const number = parseTodoId(id);
  if (number === undefined || !(await store.remove(number))) noSuchTodo(id);
}

function valid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  const text = parsed.faults.map(({ path, message }) => `${path || 'the body'} ${message}`).join('; ');
  throw new Refusal(422, 'invalid', `Nothing was saved: ${text}.`, { details: parsed.faults });
}

function noSuchTodo(id: string): never {
  throw new Refusal(404, 'not_found', `There is no todo ${id.slice(0, 20)}.`);
}
