/** Executes RUNs for a build in another process, as root of the user namespace in which it was started. */
import { Readable } from 'node:stream';
import { TemporaryFiles } from '../../files/temporary-files.ts';
import type { BlobLayer } from '../../image/image.ts';
import { LocalExecutor } from '../execute/local-executor.ts';
import type { RootFilesystem, RunExecutor } from '../executor.ts';
import { Channel, type Peer } from './channel.ts';
import type { BuildMethods, WorkerMethods } from './protocol.ts';

interface OpenRoot {
  readonly filesystem: RootFilesystem;
  layer?: AsyncIterator<Uint8Array>;
}

const { name, epoch } = JSON.parse(process.argv[2]!) as { name: RunExecutor['name']; epoch?: number };
const files = new TemporaryFiles();
const roots = new Map<number, OpenRoot>();
const runs = new Map<number, AbortController>();
let executor: Promise<RunExecutor> | undefined;

const methods: WorkerMethods = {
  openRoot: async () => {
    executor ??= LocalExecutor.found(name).open({ files, epoch });
    const filesystem = await (await executor).openRoot();
    const root = roots.size;
    roots.set(root, { filesystem });
    return { root, directory: filesystem.directory };
  },
  unpack: (root, diffId) =>
    roots.get(root)!.filesystem.unpack({ diffId, open: async () => Readable.from(readArchive(root)) }),
  record: async (root, secrets) => {
    const open = roots.get(root)!;
    const { layer, ...rest } = await open.filesystem.record({ secrets });
    if (layer === undefined) return { ...rest, layer };
    const { diffId, blob } = layer as BlobLayer;
    open.layer = blob.open(0)[Symbol.asyncIterator]();
    return { ...rest, layer: { diffId, descriptor: blob.descriptor } };
  },
  readLayer: async (root) => {
    const { value, done } = await roots.get(root)!.layer!.next();
    // The build has its own copy now.
    if (done === true) await files.close();
    return value as Uint8Array | undefined;
  },
  closeRoot: async (root) => roots.get(root)!.filesystem[Symbol.asyncDispose](),
  run: async (root, run, { step, timeout, secrets }) => {
    const controller = new AbortController();
    runs.set(run, controller);
    try {
      await (
        await executor!
      ).run(step, roots.get(root)!.filesystem, {
        ...{ timeout, secrets, signal: controller.signal },
        output: (chunk) => void channel.call('output', run, chunk).catch(() => undefined),
        bindSource: (_, index) => channel.call('bindSource', run, index),
      });
    } finally {
      runs.delete(run);
    }
  },
  abort: (run) => runs.get(run)?.abort(),
  close: end,
};

const channel = new Channel<BuildMethods>(process as Peer, methods);

async function* readArchive(root: number): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await channel.call('readArchive', root);
    if (chunk === undefined) return;
    yield chunk;
  }
}

async function end(): Promise<void> {
  for (const run of runs.values()) run.abort();
  await (await executor)?.[Symbol.asyncDispose]();
  await files.close();
}

// The build decides what a signal of the terminal means, and ends this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => void end().finally(() => process.exit()));
