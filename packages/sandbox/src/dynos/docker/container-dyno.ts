import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { Dyno, DynoExit, DynoSpec } from '../dyno.ts';
import { type OutputTarget, readLines } from '../lines.ts';
import type { Engine } from './engine.ts';
import { splitFrames } from './log-frames.ts';
import { vastlyExceeded, watchMemory } from './memory-watch.ts';
import { removeContainer } from './owner.ts';

export interface ContainerStart {
  readonly engine: Engine;
  /** The body of the request that creates the container. */
  readonly plan: object;
  readonly spec: DynoSpec;
  readonly killAfterMs: number;
  readonly memoryCheckMs: number;
}

interface Inspection {
  readonly State: { readonly Pid: number; readonly OOMKilled: boolean };
}

/** How long to wait for output that the engine sends after the end. */
const lastOutputMs = 1000;

/** Starts a container as a dyno. `removed` resolves when the container has ended and is removed. */
export async function startContainer(start: ContainerStart): Promise<{ dyno: Dyno; removed: Promise<void> }> {
  const { engine, plan, spec } = start;
  const id = await create(engine, plan, spec);
  try {
    // The response starts when the engine waits, and ends with the container.
    const waiting = await engine.stream('POST', `/containers/${id}/wait`, { query: { condition: 'next-exit' } });
    await engine.ask('POST', `/containers/${id}/start`);
    const output = await follow(engine, id, spec);
    const { State } = await inspect(engine, id);
    const exited = watch(start, id, waiting, output);
    return { dyno: dynoOf(start, id, State.Pid, exited), removed: exited.then(() => removeContainer(engine, id)) };
  } catch (error) {
    await removeContainer(engine, id);
    throw new SandboxError('COMMAND_NOT_FOUND', `the Docker Engine can't start the container: ${textOf(error)}`, {
      cause: error,
    });
  }
}

async function create(engine: Engine, body: object, { app, name }: DynoSpec): Promise<string> {
  try {
    const query = { name: `tozo-${app}-${name}-${randomUUID().slice(0, 8)}` };
    return (await engine.ask<{ Id: string }>('POST', '/containers/create', { query, body })).Id;
  } catch (error) {
    throw new SandboxError(
      'IMAGE_INVALID',
      `the Docker Engine can't create a container from the image: ${textOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Resolves when the container has ended and all its output is forwarded. */
async function watch(
  { engine, spec, memoryCheckMs }: ContainerStart,
  id: string,
  waiting: Readable,
  output: readonly Readable[],
): Promise<DynoExit> {
  const over = new AbortController();
  const { memoryMb: quotaMb, onNotice = () => undefined } = spec;
  if (quotaMb !== undefined) {
    void watchMemory({ engine, container: id, quotaMb, everyMs: memoryCheckMs, onNotice, signal: over.signal });
  }
  const result = await json(waiting).catch(() => undefined);
  over.abort();
  const written = Promise.all(output.map(async (stream) => await finished(stream).catch(() => undefined)));
  await Promise.race([written, sleep(lastOutputMs, undefined, { ref: false })]);
  const state = await inspect(engine, id).catch(() => undefined);
  if (quotaMb !== undefined && state?.State.OOMKilled) vastlyExceeded(quotaMb).forEach(onNotice);
  return { code: (result as { StatusCode?: number } | undefined)?.StatusCode ?? null, signal: null };
}

function dynoOf({ engine, killAfterMs }: ContainerStart, id: string, pid: number, exited: Promise<DynoExit>): Dyno {
  const send = async (signal: string): Promise<void> => {
    // It may already have ended.
    await engine.ask('POST', `/containers/${id}/kill`, { query: { signal } }).catch(() => undefined);
  };
  const stop = async (): Promise<void> => {
    const timer = setTimeout(() => void send('SIGKILL'), killAfterMs);
    await send('SIGTERM');
    await exited;
    clearTimeout(timer);
  };
  let stopping: Promise<void> | undefined;
  return { pid, exited, kill: () => void send('SIGKILL'), stop: async () => await (stopping ??= stop()) };
}

/** Forwards the container's output from its start. */
async function follow(engine: Engine, id: string, target: OutputTarget): Promise<readonly Readable[]> {
  const query = { follow: true, stdout: true, stderr: true };
  const { stdout, stderr } = splitFrames(await engine.stream('GET', `/containers/${id}/logs`, { query }));
  for (const stream of [stdout, stderr]) readLines(stream, target);
  return [stdout, stderr];
}

const inspect = async (engine: Engine, id: string): Promise<Inspection> =>
  await engine.ask<Inspection>('GET', `/containers/${id}/json`);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
