import type { NewTodo, Todo, TodoChange } from './todo.ts';

/** Stores the list. All methods reject with a {@link StoreError} if the store is unavailable. */
export interface TodoStore {
  /** Shown on the page and by /health. */
  readonly kind: 'memory' | 'postgres';
  /** Returns all todos, oldest first. */
  list(): Promise<readonly Todo[]>;
  /** Returns the new todo, or undefined if the list is full. */
  add(todo: NewTodo): Promise<Todo | undefined>;
  /** Returns the updated todo, or undefined if it doesn't exist. */
  update(id: number, change: TodoChange): Promise<Todo | undefined>;
  /** Returns whether the todo existed. */
  remove(id: number): Promise<boolean>;
  /** Resolves if the list can be read. */
  check(): Promise<void>;
  /** Closes all connections. Call nothing afterwards. */
  close(): Promise<void>;
}

/** The list is unavailable. The message is for the log, not for visitors. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
