import { gzipSync } from 'node:zlib';
import { blobOf } from '../image/blob.ts';
import { mediaTypes } from '../image/descriptor.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { FoundExecutor, RootFilesystem } from '../run/executor.ts';
import { LayerSearch } from '../tar/layer-search.ts';
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
      for (const [name, text] of Object.entries(content)) {
        search.start(name, []);
        if (typeof text === 'string') search.add(Buffer.from(text));
      }
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
