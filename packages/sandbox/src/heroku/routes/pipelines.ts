import { isRecord } from '../../http/exchange.ts';
import { type ApiRoute, bodyOf, type Call, readOptionalString, replyWithList } from '../api/call.ts';
import { generationReference } from '../api/catalog.ts';
import { invalidParamsError, notFoundError } from '../errors.ts';
import type { Pipeline } from '../state/pipelines.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#pipeline (pattern of `name`) */
const namePattern = /^[a-z][a-z0-9-]{2,29}$/;

export const pipelineRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/pipelines',
    handle: (call) => {
      // The CLI finds a pipeline by `?eq[name]=NAME`; several may have the same name.
      const name = call.query.get('eq[name]');
      const found = call.platform.pipelines.list().filter((pipeline) => name === null || pipeline.name === name);
      return replyWithList(call, found.map(serializePipeline), ['name', 'id', 'created_at']);
    },
  },
  {
    method: 'POST',
    pattern: '/pipelines',
    handle: async (call) => {
      const body = await bodyOf(call);
      const name = assertName(readOptionalString(body, 'name'));
      const pipeline = call.platform.pipelines.create({ name, owner: readOwner(body['owner'], call) });
      return { status: 201, body: serializePipeline(pipeline) };
    },
  },
  {
    method: 'GET',
    pattern: '/pipelines/:pipeline',
    handle: (call) => ({ status: 200, body: serializePipeline(pipelineOf(call)) }),
  },
  {
    method: 'PATCH',
    pattern: '/pipelines/:pipeline',
    handle: async (call) => {
      const { id } = pipelineOf(call);
      const name = readOptionalString(await bodyOf(call), 'name');
      if (name !== undefined) call.platform.pipelines.rename(id, assertName(name));
      return { status: 200, body: serializePipeline(pipelineOf(call)) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/pipelines/:pipeline',
    handle: (call) => {
      const pipeline = pipelineOf(call);
      call.platform.pipelines.remove(pipeline.id);
      return { status: 200, body: serializePipeline(pipeline) };
    },
  },
  {
    method: 'POST',
    pattern: '/pipeline-promotions',
    handle: async (call) => {
      const body = await bodyOf(call);
      assertKnownApps(call, body);
      throw invalidParamsError('Pipeline promotions are not supported on apps pushed via Heroku Container Registry.');
    },
  },
];

/** Returns the pipeline in the request's path, by ID. Throws the API's 404. */
export function pipelineOf(call: Call): Pipeline {
  const pipeline = call.platform.pipelines.find(call.parameters['pipeline'] ?? '');
  if (!pipeline) throw notFoundError('pipeline');
  return pipeline;
}

function assertName(name: string | undefined): string {
  if (name !== undefined && namePattern.test(name)) return name;
  throw invalidParamsError(
    'Name must start with a letter, can only contain lowercase letters, numbers, and dashes, and must have 3 to 30 characters.',
  );
}

/** Reads the owner, by default the account. The sandbox has no teams. */
function readOwner(owner: unknown, { platform }: Call): Pipeline['owner'] {
  if (owner === undefined || owner === null) return { id: platform.account.id, type: 'user' };
  if (!isRecord(owner) || (owner['type'] !== 'user' && owner['type'] !== 'team')) {
    throw invalidParamsError('owner must have an id and the type user or team.');
  }
  if (owner['type'] === 'team') throw notFoundError('team');
  if (owner['id'] !== platform.account.id) throw notFoundError('user');
  return { id: platform.account.id, type: 'user' };
}

/** Throws the API's 422 or 404 unless source and targets are apps in the pipeline. */
function assertKnownApps({ platform }: Call, { pipeline, source, targets }: Readonly<Record<string, unknown>>): void {
  if (!isRecord(pipeline) || typeof pipeline['id'] !== 'string') throw invalidParamsError('pipeline must have an id.');
  if (!isRecord(source) || !Array.isArray(targets) || targets.length === 0) {
    throw invalidParamsError('source and targets must name apps.');
  }
  const found = platform.pipelines.find(pipeline['id']);
  if (!found) throw notFoundError('pipeline');
  for (const item of [source, ...(targets as unknown[])]) {
    const app: unknown = isRecord(item) ? item['app'] : undefined;
    const id = isRecord(app) ? app['id'] : undefined;
    if (typeof id !== 'string') throw invalidParamsError('source and targets must name apps.');
    if (platform.pipelines.couplingOf(id)?.pipelineId !== found.id) throw notFoundError('app');
  }
}

function serializePipeline({ id, name, owner, createdAt, updatedAt }: Pipeline): Record<string, unknown> {
  return { id, name, owner, generation: generationReference, created_at: createdAt, updated_at: updatedAt };
}
