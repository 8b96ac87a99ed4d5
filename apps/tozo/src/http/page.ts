import type { Todo } from '../todo.ts';
import { maxTitleLength } from '../todo.ts';
import { html, type Html } from './html.ts';

export interface PageContent {
  readonly todos: readonly Todo[];
  readonly store: 'memory' | 'postgres';
  readonly sourceDigest?: string;
  /** A rejected title, and why. */
  readonly rejected?: { readonly title: string; readonly message: string };
}

/** Renders the list with plain forms, which work without JavaScript. */
export function renderPage({ todos, store, sourceDigest, rejected }: PageContent): string {
  const open = todos.filter((todo) => !todo.done).length;
  const main = html`<main>
    <h1>To do</h1>
    ${store === 'memory' ? memoryNote : undefined} ${renderAddForm(rejected)}
    <h2 id="list">${summarize(open, todos.length)}</h2>
    ${
      todos.length === 0
        ? undefined
        : html`<ul class="todos" aria-labelledby="list">
            ${todos.map(renderItem)}
          </ul>`
    }
  </main>`;
  return renderDocument(`${open} to do`, main, sourceDigest);
}

/** Renders an error page. */
export function renderProblem(title: string, message: string, sourceDigest: string | undefined): string {
  const main = html`<main>
    <h1>${title}</h1>
    <p>${message}</p>
    <p><a href="/">Back to the list</a></p>
  </main>`;
  return renderDocument(title, main, sourceDigest);
}

/** Returns the first 12 hex digits of `sha256:142013fe2b5c…`. */
export function shortSourceDigest(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 12);
}

const memoryNote = html`<p class="note">This list is kept in memory and lost when the app restarts.</p>`;

function renderAddForm(rejected: PageContent['rejected']): Html {
  const error = rejected && html`<p class="error" id="title-error">${rejected.message}</p>`;
  const invalid = rejected && html` aria-invalid="true" aria-describedby="title-error" autofocus`;
  return html`<form class="add" method="post" action="/todos">
    <label for="title">What needs doing?</label>
    <div class="row">
      <input
        id="title"
        name="title"
        required
        maxlength="${maxTitleLength}"
        autocomplete="off"
        value="${rejected?.title}"
        ${invalid}
      />
      <button id="add" data-announce="Added.">Add</button>
    </div>
    ${error}
  </form>`;
}

function summarize(open: number, all: number): string {
  if (all === 0) return 'Nothing to do yet';
  if (open === 0) return 'Everything is done';
  return `${open} of ${all} to do`;
}

function renderItem({ id, title, done }: Todo): Html {
  const [action, verb, announcement] = done ? ['reopen', 'Reopen', 'Reopened'] : ['complete', 'Complete', 'Completed'];
  return html` <li id="todo-${id}" ${done ? html` class="done"` : undefined}>
    <form method="post" action="/todos/${id}">
      <button id="toggle-${id}" name="do" value="${action}" data-announce="${announcement} ${title}.">
        ${verb}<span class="visually-hidden"> ${title}</span>
      </button>
      <span class="title">${title}${done ? html`<span class="visually-hidden"> (done)</span>` : undefined}</span>
      <button id="delete-${id}" name="do" value="delete" class="quiet" data-announce="Deleted ${title}.">
        Delete<span class="visually-hidden"> ${title}</span>
      </button>
    </form>
  </li>`;
}

function renderDocument(title: string, main: Html, sourceDigest: string | undefined): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Tozo</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/enhance.js" type="module"></script>
      </head>
      <body>
        ${main}
        <p id="status" class="visually-hidden" role="status"></p>
        <footer>
          <p>
            Tozo${sourceDigest && html` · source <code title="${sourceDigest}">${shortSourceDigest(sourceDigest)}</code>`}
          </p>
        </footer>
      </body>
    </html> `.text;
}
