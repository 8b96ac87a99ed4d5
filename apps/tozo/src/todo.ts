/** One line of the list. `id` counts up from 1 and is never used again. */
export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  readonly createdAt: Date;
}

export interface NewTodo {
  readonly title: string;
}

/** What may be changed; a field that is absent stays as it is. */
export interface TodoChange {
  readonly title?: string;
  readonly done?: boolean;
}

/** What is wrong with one field of an input; `path` is empty when it is about the whole. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Longest title, in characters (code points), and most todos in the list. */
export const longestTitle = 200;
export const longestList = 500;

/** The largest id: what a Postgres `integer` holds. */
const largestId = 2 ** 31 - 1;

/** Control characters and halves of surrogate pairs: not text, and Postgres cannot store all of them. */
const notText = /[\p{Cc}\p{Cs}]/u;

/** Reads `{ title }`, all faults at once; a title loses the white space around it. */
export function parseNewTodo(input: unknown): Parsed<NewTodo> {
  if (!isRecord(input)) return notAnObject;
  const faults = [...unknownFields(input, ['title']), ...titleFaults(input['title'])];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: { title: String(input['title']).trim() } };
}

/** Reads `{ title?, done? }`, of which at least one must be there; all faults at once. */
export function parseTodoChange(input: unknown): Parsed<TodoChange> {
  if (!isRecord(input)) return notAnObject;
  const { title, done } = input;
  const faults = [
    ...unknownFields(input, ['title', 'done']),
    ...(title === undefined ? [] : titleFaults(title)),
    ...(done === undefined || typeof done === 'boolean' ? [] : [{ path: 'done', message: 'must be true or false' }]),
    ...(title === undefined && done === undefined ? [{ path: '', message: 'must have "title" or "done"' }] : []),
  ];
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    value: {
      ...(typeof title === 'string' ? { title: title.trim() } : {}),
      ...(typeof done === 'boolean' ? { done } : {}),
    },
  };
}

/** Reads the id in an address; undefined when no todo can have it. */
export function parseTodoId(text: string): number | undefined {
  const id = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : 0;
  return id >= 1 && id <= largestId ? id : undefined;
}

const notAnObject = { ok: false, faults: [{ path: '', message: 'must be a JSON object' }] } as const;

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function unknownFields(input: Record<string, unknown>, known: readonly string[]): Fault[] {
  return Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: key, message: `is not a field; there are: ${known.join(', ')}` }));
}

function titleFaults(title: unknown): Fault[] {
  const fault = titleFault(title);
  return fault === undefined ? [] : [{ path: 'title', message: fault }];
}

function titleFault(title: unknown): string | undefined {
  if (typeof title !== 'string') return 'must be a text';
  const text = title.trim();
  if (text === '') return 'must not be empty';
  if (Array.from(text).length > longestTitle) return `must have at most ${longestTitle} characters`;
  if (notText.test(text)) return 'must be one line of text without control characters';
  return undefined;
}
