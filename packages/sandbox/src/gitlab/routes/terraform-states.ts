import { readBody } from '../../http/exchange.ts';
import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { badParameterError, GitlabError, notFoundError } from '../errors.ts';
import { user } from '../namespaces.ts';
import { type Parameters, textIn } from '../parameters.ts';
import type { TerraformState } from '../terraform-states.ts';

const base = '/api/v4/projects/:id/terraform/state/:name';
const maxBytes = 64 * 1024 * 1024;

/** GitLab-managed Terraform state. @see https://docs.gitlab.com/user/infrastructure/iac/terraform_state/ */
export const terraformStateRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: base,
    handle: (call) => {
      const newest = stateOf(call).versions.at(-1);
      return newest ? { status: 200, body: newest.text, headers: json } : { status: 204 };
    },
  },
  {
    method: 'POST',
    pattern: base,
    handle: async (call) => {
      // A connection that is cut ends here, before anything is saved.
      const text = await readBody(call.request, maxBytes);
      if (text === '') return { status: 204 };
      const serial = serialIn(text);
      const { project, name } = placeOf(call);
      const { versions, lock } = call.states.find(project, name) ?? { versions: [] };
      if (lock !== undefined && lock.id !== call.query.get('ID')) throw lockedError();
      const kept = versions.filter((version) => version.serial !== serial);
      call.states.save(project, name, { versions: [...kept, { serial, text }], ...(lock && { lock }) });
      return { status: 200 };
    },
  },
  {
    method: 'DELETE',
    pattern: base,
    handle: (call) => {
      const { project, name } = placeOf(call);
      if (stateOf(call).lock) throw new GitlabError(422, { message: 'Cannot remove a locked state' });
      call.states.remove(project, name);
      return { status: 200 };
    },
  },
  {
    method: 'GET',
    pattern: `${base}/versions/:serial`,
    handle: (call) => {
      const version = stateOf(call).versions.find(({ serial }) => String(serial) === call.parameters['serial']);
      if (!version) throw notFoundError('Terraform State Version');
      return { status: 200, body: version.text, headers: json };
    },
  },
  {
    method: 'POST',
    pattern: `${base}/lock`,
    handle: async (call) => {
      const { ID: id, ...info } = lockIn(await parametersOf(call));
      const { project, name } = placeOf(call);
      const state = call.states.find(project, name) ?? { versions: [] };
      if (state.lock) return { status: 409, body: lockView(state.lock, info) };
      const lock = { id, who: user.username, createdAt: call.projects.now(), info };
      call.states.save(project, name, { ...state, lock });
      return { status: 200, body: lockView(lock, info) };
    },
  },
  {
    method: 'DELETE',
    pattern: `${base}/lock`,
    handle: async (call) => {
      const { project, name } = placeOf(call);
      const { versions, lock } = stateOf(call);
      const id = textIn(await parametersOf(call), 'ID');
      // A forced unlock has no ID.
      if (lock !== undefined && id !== undefined && id !== lock.id) throw lockedError();
      call.states.save(project, name, { versions });
      return { status: 200 };
    },
  },
];

const json = { 'content-type': 'application/json' };
const lockedError = (): GitlabError => new GitlabError(409, { message: '409 Conflict' });

const lockFields = ['ID', 'Operation', 'Info', 'Who', 'Version', 'Created', 'Path'] as const;

/** Reads what Terraform says about its lock. Throws 400 if a field is missing or no text. */
function lockIn(parameters: Parameters): Readonly<Record<(typeof lockFields)[number], string>> {
  const missing = lockFields.find((field) => parameters[field] === undefined);
  if (missing !== undefined) throw badParameterError(`${missing} is missing`);
  const fields = lockFields.map((field) => [field, textIn(parameters, field) ?? ''] as const);
  return Object.fromEntries(fields) as Record<(typeof lockFields)[number], string>;
}

/** GitLab names the holder's user, and the rest as the caller said it. */
function lockView({ id, who, createdAt }: NonNullable<TerraformState['lock']>, asked: Parameters): object {
  const { Operation, Info, Version, Path } = asked;
  return { ID: id, Operation, Info, Who: who, Version, Created: createdAt, Path };
}

function placeOf(call: Call): { readonly project: number; readonly name: string } {
  const name = call.parameters['name'] ?? '';
  if (!/^[\w.-]{1,255}$/.test(name)) throw notFoundError('Terraform State');
  return { project: projectOf(call).id, name };
}

function stateOf(call: Call): TerraformState {
  const { project, name } = placeOf(call);
  const state = call.states.find(project, name);
  if (!state) throw notFoundError('Terraform State');
  return state;
}

function serialIn(text: string): number {
  try {
    const { serial } = JSON.parse(text) as { serial?: unknown };
    if (typeof serial === 'number') return serial;
  } catch {
    // Rejected below.
  }
  throw badParameterError('The state is not valid JSON with a serial');
}
