import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { decode, encode, type Resource, unknown, type Value } from './msgpack.ts';
import { type ApiResource, ApiError, type Send } from './api-resources.ts';
import type { AttributeType, BlockShape, ProviderShape } from './schemas.ts';

/** A provider in this process that keeps its resources in memory. */
export interface StandInProvider extends AsyncDisposable {
  /** A value for TF_REATTACH_PROVIDERS, which tells Terraform how to reach the provider. */
  readonly reattach: object;
  /** The existing resources, by type and ID. */
  readonly world: ReadonlyMap<string, Resource>;
  /** The operations so far, in order, such as `create heroku_app`. */
  readonly done: readonly string[];
  /** Adds a resource that Terraform didn't create. */
  place(type: string, resource: Resource): void;
}

/** The API behind a provider that doesn't keep its resources itself. */
export interface ApiBackend {
  readonly resources: Readonly<Record<string, ApiResource>>;
  readonly send: Send;
  /** A request that tells whether the token is accepted, made before anything else. */
  readonly authCheck: string;
}

interface Wire {
  readonly msgpack?: Buffer;
  readonly json?: Buffer;
}

/** A request's message. Which fields it has depends on the method. */
interface Call {
  readonly type_name: string;
  readonly id: string;
  readonly raw_state: { readonly json: Buffer };
  readonly prior_state: Wire;
  readonly current_state: Wire;
  readonly proposed_new_state: Wire;
  readonly planned_state: Wire;
}

type Reply = (error: null, answer: object) => void;

const wire = (value: Resource | null): Wire => ({ msgpack: encode(value) });
const read = ({ msgpack }: Wire): Resource | null => decode(msgpack ?? Buffer.from([0xc0])) as Resource | null;

/** Returns a resource's key in the world. */
const place = (type: string, resource: Resource | null): string => `${type} ${JSON.stringify(resource?.['id'])}`;

/**
 * Serves Terraform's plugin protocol 6 on 127.0.0.1 for the given resource types.
 * @param api where the resources are; default: in memory
 */
export async function startProvider(shape: ProviderShape, api?: ApiBackend): Promise<StandInProvider> {
  const world = new Map<string, Resource>();
  const done: string[] = [];
  let count = 0;

  const methods: Record<string, (call: Call) => object | Promise<object>> = {
    GetProviderSchema: () => ({
      provider: { block: block(shape.provider) },
      resource_schemas: Object.fromEntries(
        Object.entries(shape.resources).map(([type, resource]) => [type, { block: block(resource) }]),
      ),
    }),
    ValidateProviderConfig: () => ({}),
    ValidateResourceConfig: () => ({}),
    ConfigureProvider: async () => {
      try {
        await api?.send('GET', api.authCheck);
        return {};
      } catch (error) {
        return { diagnostics: diagnosticsOf(error) };
      }
    },
    StopProvider: () => ({}),
    UpgradeResourceState: ({ raw_state }) => ({ upgraded_state: { json: raw_state.json } }),
    ReadResource: ({ type_name, current_state }) => ({
      new_state: wire(world.get(place(type_name, read(current_state))) ?? null),
    }),
    PlanResourceChange: ({ type_name, prior_state, proposed_new_state }) => {
      const [prior, proposed] = [read(prior_state), read(proposed_new_state)];
      if (proposed === null) return { planned_state: wire(null) };
      if (prior !== null) {
        const { fixed = [] } = shape.resources[type_name]!;
        const changed = fixed.filter((name) => proposed[name] !== prior[name]);
        return {
          planned_state: wire(proposed),
          requires_replace: changed.map((name) => ({ steps: [{ attribute_name: name }] })),
        };
      }
      return { planned_state: wire(fill(type_name, proposed, () => unknown)) };
    },
    ApplyResourceChange: ({ type_name, prior_state, planned_state }) => {
      const [prior, planned] = [read(prior_state), read(planned_state)];
      if (prior !== null) world.delete(place(type_name, prior));
      done.push(`${planned === null ? 'destroy' : prior === null ? 'create' : 'update'} ${type_name}`);
      if (planned === null) return { new_state: wire(null) };
      const id = `${type_name}-${++count}`;
      const made = fill(type_name, planned, (name) => (name === 'id' ? id : `${name} of ${id}`));
      world.set(place(type_name, made), made);
      return { new_state: wire(made), legacy_type_system: true };
    },
    ImportResourceState: ({ type_name, id }) => {
      const found = [...world.entries()].find(
        ([key, resource]) => key.startsWith(`${type_name} `) && [resource['id'], resource['name']].includes(id),
      );
      done.push(`import ${type_name}`);
      return { imported_resources: found === undefined ? [] : [{ type_name, state: wire(found[1]) }] };
    },
  };

  /** As the real providers: a failure after the creation leaves the resource tainted, and one that is gone is no error. */
  const apiMethods = (backend: ApiBackend): Record<string, (call: Call) => Promise<object>> => ({
    ReadResource: async ({ type_name, current_state }) => {
      const state = read(current_state)!;
      try {
        return { new_state: wire(conform(type_name, await backend.resources[type_name]!.read(backend.send, state))) };
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return { new_state: wire(null) };
        return { new_state: current_state, diagnostics: diagnosticsOf(error) };
      }
    },
    ApplyResourceChange: async ({ type_name, prior_state, planned_state }) => {
      const [prior, planned] = [read(prior_state), read(planned_state)];
      const resource = backend.resources[type_name]!;
      let state = prior;
      try {
        done.push(`${planned === null ? 'destroy' : prior === null ? 'create' : 'update'} ${type_name}`);
        if (planned === null) {
          await resource.delete(backend.send, prior!);
          return { new_state: wire(null) };
        }
        const known = Object.fromEntries(Object.entries(planned).filter(([, value]) => value !== unknown));
        if (prior === null) state = conform(type_name, await resource.create(backend.send, known));
        else await resource.update!(backend.send, prior, known);
        const now = await resource.read(backend.send, { ...known, id: state!['id']! });
        return { new_state: wire(conform(type_name, now)), legacy_type_system: true };
      } catch (error) {
        return { new_state: wire(state), diagnostics: diagnosticsOf(error), legacy_type_system: true };
      }
    },
    ImportResourceState: async ({ type_name, id }) => {
      const resource = backend.resources[type_name]!;
      done.push(`import ${type_name}`);
      try {
        const state = await resource.read(backend.send, resource.import(id));
        return { imported_resources: [{ type_name, state: wire(conform(type_name, state)) }] };
      } catch (error) {
        return { diagnostics: diagnosticsOf(error) };
      }
    },
  });

  /** Every attribute of the schema, and no other. */
  function conform(type: string, resource: Resource): Resource {
    const { attributes, blocks = {} } = shape.resources[type]!;
    const open = Object.keys(attributes).map((name) => [name, resource[name] ?? null]);
    return Object.fromEntries([
      ...open,
      ...Object.keys(blocks).map((name) => [name, resource[name] ?? []]),
    ]) as Resource;
  }

  /** Sets the computed attributes without a value. */
  function fill(type: string, resource: Resource, value: (name: string) => Value): Resource {
    const computed = Object.entries(shape.resources[type]?.attributes ?? {}).filter(([, [, use]]) =>
      use.includes('computed'),
    );
    const open = computed.filter(([name]) => resource[name] === null || resource[name] === unknown);
    const filled = open.map(([name, [kind]]): [string, Value] => {
      const text = value(name);
      return [
        name,
        text === unknown || kind === 'string' ? text : kind === 'bool' ? false : kind === 'number' ? 0 : null,
      ];
    });
    return { ...resource, ...Object.fromEntries(filled) };
  }

  const definition = loadSync(fileURLToPath(new URL('tfplugin6.proto', import.meta.url)), {
    keepCase: true,
    longs: Number,
  });
  const grpc = loadPackageDefinition(definition) as unknown as {
    tfplugin6: { Provider: { service: ServiceDefinition } };
  };
  const server = new Server();
  const handlers = Object.entries({ ...methods, ...(api ? apiMethods(api) : {}) }).map(([name, method]) => [
    name,
    ({ request }: { request: Call }, reply: Reply) =>
      void Promise.resolve(method(request)).then((answer) => reply(null, answer)),
  ]);
  server.addService(grpc.tfplugin6.Provider.service, Object.fromEntries(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    reattach: {
      Protocol: 'grpc',
      ProtocolVersion: 6,
      Pid: process.pid,
      Test: true,
      Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
    },
    world,
    done,
    place: (type, resource) => {
      const open = Object.fromEntries(Object.keys(shape.resources[type]?.attributes ?? {}).map((name) => [name, null]));
      const blocks = Object.fromEntries(Object.keys(shape.resources[type]?.blocks ?? {}).map((name) => [name, []]));
      world.set(place(type, resource), { ...open, ...blocks, ...resource });
    },
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function diagnosticsOf(error: unknown): object[] {
  return [{ severity: 1, summary: (error as Error).message, detail: '' }];
}

function typeOf(type: AttributeType, nested: BlockShape | undefined): object {
  if (nested === undefined) return { type: Buffer.from(JSON.stringify(type)) };
  return { nested_type: { attributes: block(nested).attributes, nesting: type === 'nested set' ? 3 : 2 } };
}

function block({ attributes, blocks = {} }: BlockShape): { attributes: object[]; block_types: object[] } {
  const list = 2;
  return {
    attributes: Object.entries(attributes).map(([name, [type, use, nested]]) => ({
      name,
      ...typeOf(type, nested),
      required: use.includes('required'),
      optional: use.includes('optional'),
      computed: use.includes('computed'),
      sensitive: use.includes('sensitive'),
    })),
    block_types: Object.entries(blocks).map(([name, shape]) => ({
      type_name: name,
      block: block(shape),
      nesting: list,
      max_items: 1,
    })),
  };
}
