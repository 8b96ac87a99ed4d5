import { gzipSync } from 'node:zlib';
import { blobOf } from '../image/blob.ts';
import { mediaTypes } from '../image/descriptor.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { FoundExecutor, RootFilesystem } from '../run/executor.ts';
import { LayerSearch } from '../run/execute/layer-search.ts';
import type { TarEntry } from '../tar/write.ts';
import { type LayerContent, tarLayer } from './tar-layer.ts';

/** An executor that writes what a test says, in place of running anything. Counts what it runs. */
export class ModelExecutor implements FoundExecutor {
  readonly name = 'namespaces';
  readonly description = 'in a model';
  /** The lines that ran, in order. */
  readonly ran: number[] = [];
  /** Returns what a command writes. By default, one file with the command. */
  writes: (script: string) => LayerContent;

  constructor(writes: (script: string) => LayerContent = (script) => ({ 'out/result': script })) {
    this.writes = writes;
  }

  open: FoundExecutor['open'] = async () => {
    let content: LayerContent = {};
    return {
      name: this.name,
      description: this.description,
      openRoot: async () => createRoot(async () => content),
      run: async ({ line, command }) => {
        this.ran.push(line);
        content = this.writes(command.form === 'shell' ? command.script : JSON.stringify(command));
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  };
}

function createRoot(changes: () => Promise<LayerContent>): RootFilesystem {
  const diffIds: Digest[] = [];
  return {
    directory: '/nonexistent',
    diffIds,
    unpack: async ({ diffId }) => void diffIds.push(diffId),
    async record({ secrets = [] } = {}) {
      const content = await changes();
      const files = Object.keys(content).length;
      if (files === 0) return { layer: undefined, files, size: 0, warnings: [] };
      const tar = await tarLayer(content);
      const diffId = digestOf(tar);
      diffIds.push(diffId);
      const blob = blobOf(mediaTypes.dockerLayerGzip, gzipSync(tar));
      const search = new LayerSearch(secrets);
      for await (const { content: bytes } of search.watch(entriesOf(content)))
        await bytes?.[Symbol.asyncIterator]().next();
      const { found } = search;
      return {
        layer: { kind: 'blob', diffId, blob },
        ...(found === undefined ? {} : { secret: found }),
        ...{ files, size: tar.length, warnings: [] },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* entriesOf(content: LayerContent): AsyncGenerator<TarEntry> {
  for (const [name, text] of Object.entries(content)) {
    if (typeof text !== 'string') continue;
    const bytes = async function* () {
      yield Buffer.from(text);
    };
    yield {
      header: { type: 'file', name, mode: 0o644, uid: 0, gid: 0, size: text.length, mtime: 0 },
      content: bytes(),
    };
  }
}
