import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { FoundExecutor, LayerChain, MakeRunLayer, RunExecutor } from '../../run/executor.ts';
import type { RunStep } from '../../run/run-step.ts';
import { createMakeRunLayer } from '../../run/execute/make-run-layer.ts';
import { noFacts } from '../base/facts.ts';
import { formatRecord } from '../layer/layer-record.ts';
import type { ContextSources } from '../layer/context-sources.ts';
import { findBindSource } from './bind-source.ts';
import type { Images } from './images.ts';
import type { ExecutedRun } from './layer-sources.ts';
import type { StageLayers } from './stage-layers.ts';

/** How a build executes RUN. */
export interface RunBuildOptions {
  readonly executor: FoundExecutor;
  /** Receives the lines that RUN prints. */
  readonly onLine?: (line: string) => void;
  /** Values of `--secret`, by ID. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Ends a RUN that takes longer. Milliseconds; default one hour. */
  readonly timeout?: number;
}

const defaultTimeout = 3_600_000;

export interface RunBuilderContext {
  readonly files: TemporaryFiles;
  readonly epoch: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly contextSources: ContextSources;
  readonly images: Images;
}

/** Executes the RUNs of one build. Opens the executor at the first one. */
export class RunBuilder implements AsyncDisposable {
  readonly warnings: string[] = [];
  readonly #options: RunBuildOptions | undefined;
  readonly #context: RunBuilderContext;
  #executor: RunExecutor | undefined;
  #make: MakeRunLayer | undefined;
  #stages: StageLayers | undefined;

  constructor(options: RunBuildOptions | undefined, context: RunBuilderContext) {
    this.#options = options;
    this.#context = context;
  }

  readonly execute = async (step: RunStep, below: LayerChain, stages: StageLayers): Promise<ExecutedRun> => {
    this.#stages = stages;
    const { onLine = () => undefined } = this.#options!;
    onLine(`Dockerfile line ${step.line}: ${firstLine(step.text)}`);
    const make = (this.#make ??= await this.#open());
    const { layer, files, size, warnings } = await make(step, below);
    const { line, text } = step;
    this.warnings.push(...warnings.map((warning) => `Dockerfile line ${line}: ${warning}`));
    if (layer === undefined) return { made: undefined };
    const { diffId } = layer;
    const comment = formatRecord({ sourceDigest: diffId, facts: noFacts, files, size });
    const summary = { instruction: text, line, sourceDigest: diffId, diffId, reused: false, files, size };
    return { made: { layer, summary }, comment };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executor?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<MakeRunLayer> {
    const { executor: found, onLine = () => undefined, secrets = {}, timeout = defaultTimeout } = this.#options!;
    const { files, epoch, signal, contextSources, images } = this.#context;
    const executor = (this.#executor = await found.open({ files, epoch }));
    return createMakeRunLayer(executor, {
      signal,
      timeout,
      secrets,
      onLine,
      bindSource: (step, index) =>
        findBindSource(step, index, { contextSources, images, stages: this.#stages! }, executor, signal),
    });
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
