import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../../image/digest.ts';
import type { Layer } from '../../image/image.ts';
import type {
  ChainLayer,
  ExecutorOptions,
  FoundExecutor,
  RecordOptions,
  RootFilesystem,
  RunExecutor,
  RunLayer,
  RunOptions,
} from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { descriptions } from '../execute/local-executor.ts';
import { cleanEnv } from '../execute/programs.ts';
import { Channel } from './channel.ts';
import type { SentLayer, WorkerMethods } from './protocol.ts';

/**
 * Executes RUN in another process that is root of a user namespace. There, it may give files the owners that the image has, and
 * everything that executes RUN works as for root.
 */
export class RemoteExecutor implements RunExecutor {
  readonly name: RunExecutor['name'];
  readonly description: string;
  readonly #child: ChildProcess;
  readonly #channel: Channel<WorkerMethods>;
  readonly #options: ExecutorOptions;
  readonly #archives = new Map<number, AsyncIterator<Uint8Array>>();
  readonly #runs = new Map<number, { readonly step: RunStep; readonly options: RunOptions }>();
  #count = 0;

  private constructor(found: Described, child: ChildProcess, options: ExecutorOptions) {
    this.name = found.name;
    this.description = found.description;
    this.#child = child;
    this.#options = options;
    this.#channel = new Channel<WorkerMethods>(child, {
      readArchive: async (root: number) => (await this.#archives.get(root)!.next()).value as unknown,
      output: (run: number, chunk: Uint8Array) => this.#runs.get(run)?.options.output(chunk),
      bindSource: (run: number, index: number) => {
        const { step, options: of } = this.#runs.get(run)!;
        return of.bindSource(step, index);
      },
    });
    child.once('error', (error) => this.#channel.end(error));
    child.once('exit', () => this.#channel.end(new Error('the process that executes RUN has ended')));
  }

  /** @param enter the command that starts a program in the namespace */
  static found(name: RunExecutor['name'], enter: readonly string[]): FoundExecutor {
    const described = { name, description: descriptions[name] };
    return {
      ...described,
      open: async (options) =>
        new RemoteExecutor(described, startWorker(enter, { name: described.name, epoch: options.epoch }), options),
    };
  }

  async openRoot(): Promise<RootFilesystem> {
    const { root, directory } = await this.#channel.call('openRoot');
    return new RemoteRoot(root, directory, this.#channel, this.#archives, this.#options);
  }

  async run(step: RunStep, root: RootFilesystem, options: RunOptions): Promise<void> {
    if (!(root instanceof RemoteRoot)) throw new TypeError('the root is of another executor');
    const run = this.#count++;
    const { timeout, secrets, signal } = options;
    const abort = () => void this.#channel.call('abort', run).catch(() => undefined);
    this.#runs.set(run, { step, options });
    signal?.addEventListener('abort', abort);
    try {
      const ended = this.#channel.call('run', root.number, run, { step, timeout, secrets });
      if (signal?.aborted === true) abort();
      await ended;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#runs.delete(run);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    await this.#channel.call('close').catch(() => undefined);
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}

interface Described extends Pick<RunExecutor, 'name' | 'description'> {}

class RemoteRoot implements RootFilesystem {
  readonly number: number;
  readonly directory: string;
  readonly diffIds: Digest[] = [];
  readonly #channel: Channel<WorkerMethods>;
  readonly #archives: Map<number, AsyncIterator<Uint8Array>>;
  readonly #options: ExecutorOptions;

  constructor(
    number: number,
    directory: string,
    channel: Channel<WorkerMethods>,
    archives: Map<number, AsyncIterator<Uint8Array>>,
    options: ExecutorOptions,
  ) {
    this.number = number;
    this.directory = directory;
    this.#channel = channel;
    this.#archives = archives;
    this.#options = options;
  }

  async unpack({ diffId, open }: ChainLayer, signal?: AbortSignal): Promise<void> {
    const archive = await open();
    this.#archives.set(this.number, untilAborted(archive, signal));
    try {
      await this.#channel.call('unpack', this.number, diffId);
    } finally {
      this.#archives.delete(this.number);
      archive.destroy();
    }
    this.diffIds.push(diffId);
  }

  async record({ secrets = [] }: RecordOptions = {}): Promise<RunLayer> {
    const { layer, ...rest } = await this.#channel.call('record', this.number, secrets);
    if (layer === undefined) return { ...rest, layer };
    this.diffIds.push(layer.diffId);
    return { ...rest, layer: await this.#copy(layer) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.call('closeRoot', this.number);
  }

  async #copy({ diffId, descriptor }: NonNullable<SentLayer['layer']>): Promise<Layer> {
    const file = await this.#options.files.create();
    for (;;) {
      const chunk = await this.#channel.call('readLayer', this.number);
      if (chunk === undefined) break;
      await file.append(chunk);
    }
    return { kind: 'blob', diffId, blob: { descriptor, open: (from) => file.read(from) } };
  }
}

async function* untilAborted(archive: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

/** TypeScript sources need a loader; the installed package is JavaScript. */
const extension = extname(fileURLToPath(import.meta.url));
const loaderFlags = extension === '.ts' ? ['--conditions=@tozo/source', '--import=tsx'] : [];
const workerFile = fileURLToPath(new URL(`run-worker${extension}`, import.meta.url));

/** Starts the file next to this one, or next to the bundle. It gets none of the job's variables. */
function startWorker(enter: readonly string[], options: object): ChildProcess {
  const args = [...loaderFlags, workerFile, JSON.stringify(options)];
  const [program, ...words] = [...enter, process.execPath, ...args] as [string, ...string[]];
  const { TMPDIR } = process.env;
  return spawn(program, words, {
    env: { ...cleanEnv, ...(TMPDIR ? { TMPDIR } : {}) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
}
