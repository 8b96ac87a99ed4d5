import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settingsOf, variable, type StoredVariable } from '../variable/variable.ts';
import { createProjectVariables, type ProjectVariablesOptions } from '../project/project-variables.ts';
import type { ProjectVariables } from '../project/project.ts';
import { virtualClock } from './virtual-clock.ts';

/** A token that no output may contain. */
export const sentinel = 'glpat-sentinel-7f3a9c';

export type Row = Record<string, unknown> & { key: string; value: string | null; environment_scope: string };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** Replaces the response; undefined keeps GitLab's. `reset after` carries the request out, then resets the connection. */
export type Intervention =
  'reset' | 'silence' | 'reset after' | { status: number; headers?: Record<string, string>; text: string };

export interface FakeGitlab extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
  readonly rows: Row[];
  /** Called for each request, with the number of earlier ones. */
  intervene: (request: SeenRequest, count: number) => Intervention | undefined;
}

const defaults = {
  variable_type: 'env_var',
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  environment_scope: '*',
  description: null,
};

/** Starts a GitLab with the variables of one project, written from https://docs.gitlab.com/api/project_level_variables/. */
export async function fakeGitlab(...given: (Partial<Row> & { key: string })[]): Promise<FakeGitlab> {
  const seen: SeenRequest[] = [];
  const rows: Row[] = given.map((row) => ({ ...defaults, value: 'some value', ...row }));
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const { pathname, searchParams: query } = new URL(url, 'http://fake');
      const entry = { method, path: pathname, query, headers, body };
      seen.push(entry);
      const intervention = fake.intervene(entry, seen.length - 1);
      if (intervention === 'reset') response.socket?.resetAndDestroy();
      else if (intervention === 'silence') return;
      else if (typeof intervention === 'object')
        response.writeHead(intervention.status, intervention.headers).end(intervention.text);
      else respond(response, handle(entry), intervention === 'reset after');
    });
  });

  function handle({ method, path, query, body, headers }: SeenRequest): {
    status: number;
    json?: unknown;
    link?: string;
  } {
    if (headers['private-token'] !== sentinel) return { status: 401, json: { message: '401 Unauthorized' } };
    const name = /^\/api\/v4\/projects\/(?:7|group%2Fshop)\/variables(?:\/(\w+))?$/.exec(path);
    if (!name) return { status: 404, json: { message: '404 Project Not Found' } };
    const [, key] = name;
    if (key === undefined) return method === 'POST' ? create(body) : page(query);
    const scope = query.get('filter[environment_scope]');
    const found = rows.filter((row) => row.key === key && (scope === null || row.environment_scope === scope));
    const [row, other] = found;
    if (!row) return { status: 404, json: { message: '404 Variable Not Found' } };
    if (other)
      return {
        status: 409,
        json: {
          message: "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
        },
      };
    if (method === 'DELETE') rows.splice(rows.indexOf(row), 1);
    if (method === 'PUT') Object.assign(row, body);
    return method === 'DELETE' ? { status: 204 } : { status: 200, json: view(row) };
  }

  function create(body: Record<string, unknown>): { status: number; json: unknown } {
    const { masked_and_hidden: hidden = false, ...fields } = body;
    const row = { ...defaults, ...fields, hidden, ...(hidden ? { masked: true } : {}) } as unknown as Row;
    if (rows.some((it) => it.key === row.key && it.environment_scope === row.environment_scope)) {
      return { status: 400, json: { message: { key: [`(${row.key}) has already been taken`] } } };
    }
    rows.push(row);
    return { status: 201, json: view(row) };
  }

  function page(query: URLSearchParams): { status: number; json: unknown; link?: string } {
    const perPage = Math.min(Number(query.get('per_page') ?? 20), 100);
    const number = Number(query.get('page') ?? 1);
    const link =
      rows.length > number * perPage
        ? `<${fake.url}/api/v4/projects/7/variables?page=${number + 1}&per_page=${perPage}>; rel="next"`
        : undefined;
    return {
      status: 200,
      json: rows.slice((number - 1) * perPage, number * perPage).map(view),
      ...(link ? { link } : {}),
    };
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const fake: FakeGitlab = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    rows,
    intervene: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return fake;
}

function view(row: Row): Row {
  return row['hidden'] ? { ...row, value: null } : row;
}

function respond(
  response: ServerResponse,
  { status, json, link }: { status: number; json?: unknown; link?: string },
  isReset: boolean,
): void {
  if (isReset) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-request-id': 'req-1',
    ...(link ? { link } : {}),
  });
  response.end(json === undefined ? '' : JSON.stringify(json));
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

export function projectOf(gitlab: FakeGitlab, options: Partial<ProjectVariablesOptions> = {}): ProjectVariables {
  return createProjectVariables({
    host: gitlab.url,
    token: sentinel,
    projectId: 7,
    clock: virtualClock(),
    onWait: () => undefined,
    ...options,
  });
}

/** Returns a variable as GitLab stores it. */
export function stored(given: Parameters<typeof variable>[0]): StoredVariable {
  const desired = variable(given);
  const { key, environmentScope, value } = desired;
  const settings = settingsOf(desired);
  return { key, environmentScope, ...settings, value: settings.hidden ? null : value };
}
