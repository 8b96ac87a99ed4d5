import { open } from 'node:fs/promises';
import { type FactsByImage, sortFacts } from '../base/facts-by-image.ts';
import { noFacts } from '../base/facts.ts';
import type { Digest } from '../../image/digest.ts';
import type { RunConfig } from '../../image/config.ts';
import type { HashedFile } from '../layer/hash-files.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import { KnownTree } from '../layer/known-tree.ts';
import type { RecordedFacts } from '../layer/layer-record.ts';
import { checkStart, type StartInstruction } from '../start/check-start.ts';
import { findDeadLinks } from '../start/dead-links.ts';
import type { NewFile, StartHost } from '../start/programs.ts';
import type { LayerTrace } from './layer-sources.ts';
import type { ImageSources } from './stage-layers.ts';

export interface ImageCheck {
  readonly config: RunConfig;
  /** Returns the facts queried since the last call. */
  readonly takeFacts: () => FactsByImage;
}

export interface CheckedImage {
  readonly warnings: readonly string[];
  /** With what was looked up of the base, so that the next build doesn't download it. */
  readonly traces: readonly LayerTrace[];
}

/** Returns warnings about an image that can't start as its Dockerfile says, and about links that lead nowhere. */
export async function checkImage(
  { traces, files, tree }: ImageSources,
  { config, takeFacts }: ImageCheck,
): Promise<CheckedImage> {
  const hasLayers = traces.some(({ source, run }) => source !== undefined || run !== undefined);
  const host: StartHost = {
    // An image without layers needs no file of its base.
    tree: hasLayers ? tree : new KnownTree(tree),
    config,
    newFile: (path) => newFileAt(path, files),
  };
  const warnings = await findDeadLinks(
    traces.flatMap(({ line, source }) =>
      source === undefined ? [] : [{ subject: `Dockerfile line ${line}`, entries: source.entries }],
    ),
    tree,
  );
  const checked = new Map<LayerTrace, RecordedFacts>();
  takeFacts();
  for (const [trace, instruction] of startInstructions(traces)) {
    if (instruction.keyword === 'USER' && (await tree.hasReplacedAccounts())) continue;
    warnings.push(...(await checkStart(instruction, host)));
    const facts = recordOf(takeFacts(), tree);
    if (facts !== undefined) checked.set(trace, facts);
  }
  return {
    warnings,
    traces: traces.map((trace) => {
      const facts = checked.get(trace);
      return facts === undefined ? trace : { ...trace, checked: facts };
    }),
  };
}

/** Returns the last instruction of each kind that decides how a container starts. */
function* startInstructions(traces: readonly LayerTrace[]): Generator<[LayerTrace, StartInstruction]> {
  for (const keyword of ['USER', 'ENTRYPOINT', 'CMD'] as const) {
    const trace = traces.findLast(
      ({ text }) =>
        text
          .slice(0, keyword.length + 1)
          .trim()
          .toUpperCase() === keyword,
    );
    if (trace !== undefined) yield [trace, { keyword, subject: `Dockerfile line ${trace.line}` }];
  }
}

function recordOf(facts: FactsByImage, tree: ImageTree): RecordedFacts | undefined {
  // Facts about a stage after a RUN are not about the base.
  const isBase = (id: Digest) => id === tree.image.id && !tree.image.isExecuted;
  const base = tree.image.isExecuted ? noFacts : (facts.get(tree.image.id) ?? noFacts);
  const others = new Map([...facts].filter(([id]) => !isBase(id)));
  const all = sortFacts(facts);
  if (all === undefined) return undefined;
  const from = sortFacts(others);
  return { facts: base, ...(from === undefined ? {} : { from }) };
}

const headSize = 4096;

function newFileAt(path: string, files: readonly HashedFile[]): NewFile | undefined {
  const entry = files.findLast((each) => each.entry.path === path)?.entry;
  if (entry === undefined) return undefined;
  return {
    mode: entry.mode,
    head: async () => {
      const file = await open(entry.absolute);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
