import type { IncomingMessage } from 'node:http';
import { isRecord, readBody } from '../http/exchange.ts';
import type { PathParameters, Route } from '../http/routes.ts';
import type { Reply } from '../http/exchange.ts';
import type { Caller } from './access.ts';
import { badParameterError, notFoundError } from './errors.ts';
import type { Project } from './model.ts';
import type { Projects } from './projects.ts';
import type { TerraformStates } from './terraform-states.ts';

/** One request to the API, authorized. */
export interface Call {
  readonly projects: Projects;
  readonly states: TerraformStates;
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly parameters: PathParameters;
  readonly query: URLSearchParams;
  /** The request's own URL, without its query. */
  readonly url: string;
}

export type Handle = (call: Call) => Reply | Promise<Reply>;

export interface ApiRoute extends Route<Handle> {
  /** Query parameters that GitLab documents and the sandbox lacks. */
  readonly lacks?: readonly string[];
}

/** Finds the project by number or encoded path. Throws GitLab's 404. */
export function projectOf(call: Call): Project {
  const project = call.projects.find(call.parameters['id'] ?? '');
  if (!project) throw notFoundError('Project');
  return project;
}

/** Reads the parameters from the query and from the body, JSON or a form of either type. The body's win. */
export async function parametersOf(call: Call): Promise<Record<string, unknown>> {
  const fromQuery = Object.fromEntries(call.query);
  const text = await readBody(call.request);
  if (text.trim() === '') return fromQuery;
  const type = call.request.headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { ...fromQuery, ...Object.fromEntries(new URLSearchParams(text)) };
  }
  if (type.startsWith('multipart/form-data')) return { ...fromQuery, ...(await readMultipart(text, type)) };
  if (!type.startsWith('application/json')) throw badParameterError(`The content-type '${type}' is not supported.`);
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return { ...fromQuery, ...value };
  } catch {
    // Not JSON: rejected below, as GitLab does.
  }
  throw badParameterError('Problems parsing JSON');
}

async function readMultipart(text: string, type: string): Promise<Record<string, string>> {
  try {
    const form = await new Response(text, { headers: { 'content-type': type } }).formData();
    const fields = [...form].map(async ([name, value]) => {
      return [name, typeof value === 'string' ? value : await value.text()] as const;
    });
    return Object.fromEntries(await Promise.all(fields));
  } catch {
    throw badParameterError('Invalid multipart body');
  }
}
