import { type ApiRoute, appOf, bodyOf, type Call, readOptionalString, replyWithList } from '../api/call.ts';
import { serializeApp } from '../api/serialize.ts';
import { invalidParamsError, notFoundError } from '../errors.ts';
import { isRecord } from '../../http/exchange.ts';
import { type PipelineCoupling, type PipelineStage, pipelineStages } from '../state/pipelines.ts';
import { pipelineOf } from './pipelines.ts';

export const pipelineCouplingRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/pipelines/:pipeline/pipeline-couplings',
    handle: (call) => {
      const { id } = pipelineOf(call);
      return replyWithCouplings(call, ({ pipelineId }) => pipelineId === id);
    },
  },
  { method: 'GET', pattern: '/pipeline-couplings', handle: (call) => replyWithCouplings(call) },
  { method: 'GET', pattern: '/users/~/pipeline-couplings', handle: (call) => replyWithCouplings(call) },
  {
    method: 'POST',
    pattern: '/pipeline-couplings',
    handle: async (call) => {
      const body = await bodyOf(call);
      const app = readOptionalString(body, 'app');
      const pipeline = readOptionalString(body, 'pipeline');
      if (app === undefined || pipeline === undefined) throw invalidParamsError('app and pipeline are required.');
      const stage = readStage(body['stage']);
      const { record } = appOf(call, app);
      if (!call.platform.pipelines.find(pipeline)) throw notFoundError('pipeline');
      if (call.platform.pipelines.couplingOf(record.id)) {
        throw invalidParamsError(`App ${record.name} is already in a pipeline.`);
      }
      const coupling = call.platform.pipelines.couple({ appId: record.id, pipelineId: pipeline, stage });
      return { status: 201, body: serializeCoupling(coupling) };
    },
  },
  {
    method: 'GET',
    pattern: '/pipeline-couplings/:coupling',
    handle: (call) => ({ status: 200, body: serializeCoupling(couplingOf(call)) }),
  },
  {
    method: 'PATCH',
    pattern: '/pipeline-couplings/:coupling',
    handle: async (call) => {
      const { id } = couplingOf(call);
      const { stage } = await bodyOf(call);
      if (stage !== undefined) call.platform.pipelines.moveCoupling(id, readStage(stage));
      return { status: 200, body: serializeCoupling(couplingOf(call)) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/pipeline-couplings/:coupling',
    handle: (call) => {
      const coupling = couplingOf(call);
      call.platform.pipelines.uncouple(coupling.id);
      return { status: 200, body: serializeCoupling(coupling) };
    },
  },
  {
    method: 'GET',
    pattern: '/apps/:app/pipeline-couplings',
    handle: (call) => {
      const coupling = call.platform.pipelines.couplingOf(appOf(call).record.id);
      if (!coupling) throw notFoundError('pipeline coupling');
      return { status: 200, body: serializeCoupling(coupling) };
    },
  },
  {
    // What clients use to read the apps of a pipeline at once.
    method: 'POST',
    pattern: '/filters/apps',
    handle: async (call) => {
      const { in: filter } = await bodyOf(call);
      const ids = isRecord(filter) ? filter['id'] : undefined;
      if (!Array.isArray(ids)) throw invalidParamsError('in.id must be a list of app IDs.');
      const apps = call.platform.apps().filter(({ record }) => ids.includes(record.id));
      const shown = apps.map((app) => ({ ...serializeApp(app, call.platform), joined: true, locked: false }));
      return replyWithList(call, shown, ['id', 'name']);
    },
  },
];

function replyWithCouplings(call: Call, isShown: (coupling: PipelineCoupling) => boolean = () => true) {
  const couplings = call.platform.pipelines.couplings().filter((coupling) => isShown(coupling));
  return replyWithList(call, couplings.map(serializeCoupling), ['id']);
}

function couplingOf({ platform, parameters }: Call): PipelineCoupling {
  const coupling = platform.pipelines.couplings().find(({ id }) => id === parameters['coupling']);
  if (!coupling) throw notFoundError('pipeline coupling');
  return coupling;
}

function readStage(value: unknown): PipelineStage {
  const stage = pipelineStages.find((known) => known === value);
  if (!stage) throw invalidParamsError(`stage must be one of ${pipelineStages.join(', ')}.`);
  return stage;
}

function serializeCoupling({ id, appId, pipelineId, stage, createdAt, updatedAt }: PipelineCoupling) {
  return {
    id,
    app: { id: appId },
    pipeline: { id: pipelineId },
    stage,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
