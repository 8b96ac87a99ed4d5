import type { TodoStore } from './store.ts';
import { maxTodos, type Todo } from './todo.ts';

/** Keeps the list in memory: it's lost when the process ends, and each process has its own. */
export function createMemoryStore(): TodoStore {
  const todos = new Map<number, Todo>();
  let lastId = 0;
  return {
    kind: 'memory',
    list: async () => [...todos.values()],
    add: async ({ title }) => {
      if (todos.size >= maxTodos) return undefined;
      const todo: Todo = { id: ++lastId, title, done: false, createdAt: new Date() };
      todos.set(todo.id, todo);
      return todo;
    },
    update: async (id, change) => {
      const todo = todos.get(id);
      if (todo === undefined) return undefined;
      const changed = { ...todo, ...change };
      todos.set(id, changed);
      return changed;
    },
    remove: async (id) => todos.delete(id),
    check: async () => {},
    close: async () => {},
  };
}
