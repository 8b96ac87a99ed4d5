import type { TemporaryFiles } from '../../files/temporary-files.ts';
import type { Layer } from '../../image/image.ts';
import type { BuiltLayer } from '../builder.ts';
import type { FoundExecutor, LayerChain, MakeRunLayer, RunExecutor } from '../../run/executor.ts';
import type { RunStep } from '../../run/run-step.ts';
import { createMakeRunLayer } from '../../run/execute/make-run-layer.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { formatAge } from '../../run/reuse/age.ts';
import type { KnownRun } from '../../run/reuse/known-runs.ts';
import { noFacts } from '../base/facts.ts';
import { type BuildSecrets, warnAboutShortSecrets } from '../../files/build-secrets.ts';
import { type FoundSecret, type SecretValue, secretFoundError, secretName } from '../../files/secrets.ts';
import type { HashOptions } from '../layer/hash-files.ts';
import type { LayerRecord } from '../layer/layer-record.ts';
import type { ContextSources } from '../layer/context-sources.ts';
import { digestBinds } from './bind-digest.ts';
import { findBindSource } from './bind-source.ts';
import type { Images } from './images.ts';
import type { ExecutedRun } from './layer-sources.ts';
import { type RunPlace, RunReuse, type RunReuseOptions, type RunSearch } from './run-reuse.ts';
import type { StageLayers } from './stage-layers.ts';

/** How a build executes RUN, or reuses what earlier builds executed. */
export interface RunBuildOptions {
  /** Without one, only results of earlier builds are used. */
  readonly executor?: FoundExecutor | undefined;
  /** Why there's no executor. */
  readonly whyNoExecutor?: string | undefined;
  /** Why nothing is executed although there's an executor: a RUN without an earlier result of it is then refused. */
  readonly whyReuseOnly?: string | undefined;
  readonly reuse?: RunReuseOptions;
  /** Receives the lines that RUN prints. */
  readonly onLine?: (line: string) => void;
  /** Values of `--secret`, by ID. */
  readonly secrets?: BuildSecrets;
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
  /** What earlier builds executed. */
  readonly known: readonly KnownRun[];
  readonly hashing: Pick<HashOptions, 'cache'>;
  /** What no layer of the image and no cache may contain. */
  readonly searchFor: readonly SecretValue[];
}

/** Executes the RUNs of one build. Opens the executor at the first one. */
export class RunBuilder implements AsyncDisposable {
  readonly warnings: string[] = [];
  readonly #options: RunBuildOptions | undefined;
  readonly #context: RunBuilderContext;
  #executor: RunExecutor | undefined;
  #make: MakeRunLayer | undefined;
  #stages: StageLayers | undefined;
  readonly #reuse: RunReuse;

  constructor(options: RunBuildOptions | undefined, context: RunBuilderContext) {
    this.#options = options;
    this.#context = context;
    this.#reuse = new RunReuse(context.known, options?.reuse ?? {});
  }

  /** Finds the result of a RUN in an earlier build, or executes it. */
  readonly execute = async (
    step: RunStep,
    below: LayerChain,
    stages: StageLayers,
    place: RunPlace,
  ): Promise<ExecutedRun> => {
    this.#stages = stages;
    const { onLine = () => undefined, secrets = {}, executor, whyNoExecutor, whyReuseOnly } = this.#options!;
    const { contextSources, images, signal, hashing } = this.#context;
    const binds = await digestBinds(step, { contextSources, images, stages }, { ...hashing, signal });
    const inputs = { step, below: below.map(({ diffId }) => diffId), binds, secrets: new Set(Object.keys(secrets)) };
    const search = await this.#reuse.search(inputs, place, executor?.name);
    const { choice } = search;
    const line = `Dockerfile line ${step.line}: ${firstLine(step.text)}`;
    if (choice.reuse === undefined) {
      if (executor === undefined) throw notExecutedError(step, choice.why, whyNoExecutor);
      if (whyReuseOnly !== undefined) throw notExecutedError(step, choice.why, whyReuseOnly);
      onLine(`${line} runs: ${choice.why}`);
      return this.#run(executor.name, step, below, { ...search, why: choice.why, isInImage: place.isInImage });
    }
    const { source } = choice.reuse;
    onLine(`${line} is reused from ${source}: it ran ${formatAge(choice.age)} ago`);
    return toExecuted(step, choice.reuse.record, choice.reuse.layer, { age: choice.age, source });
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executor?.[Symbol.asyncDispose]();
  }

  async #run(
    executor: RunExecutor['name'],
    step: RunStep,
    below: LayerChain,
    { key, parts, why, isInImage }: RunSearch & Pick<RunPlace, 'isInImage'> & { readonly why: string },
  ): Promise<ExecutedRun> {
    const make = (this.#make ??= await this.#open());
    const { layer, files, size, warnings, secret } = await make(step, below);
    if (secret !== undefined && isInImage) throw secretFoundError(placeOf(step, secret), secret.secret);
    this.warnings.push(...warnings.map((warning) => `Dockerfile line ${step.line}: ${warning}`));
    if (secret !== undefined) this.warnings.push(warnAboutSecret(step, secret));
    const run = { at: this.#reuse.now, executor, parts };
    const executed = toExecuted(step, { sourceDigest: key, facts: noFacts, files, size, run }, layer, { why });
    return { ...executed, hasSecret: secret !== undefined };
  }

  async #open(): Promise<MakeRunLayer> {
    const { executor: found, onLine = () => undefined, secrets = {}, timeout = defaultTimeout } = this.#options!;
    const { files, epoch, signal, contextSources, images, searchFor } = this.#context;
    this.warnings.push(...warnAboutShortSecrets(secrets));
    const executor = (this.#executor = await found!.open({ files, epoch }));
    return createMakeRunLayer(executor, {
      signal,
      timeout,
      secrets,
      searchFor,
      onLine,
      bindSource: (step, index) =>
        findBindSource(step, index, { contextSources, images, stages: this.#stages! }, executor, signal),
    });
  }
}

function toExecuted(
  { line, text }: RunStep,
  record: LayerRecord,
  layer: Layer | undefined,
  run: NonNullable<BuiltLayer['run']>,
): ExecutedRun {
  const { sourceDigest, files, size } = record;
  const reused = run.why === undefined;
  const summary = layer && { instruction: text, line, sourceDigest, diffId: layer.diffId, reused, files, size, run };
  return { made: layer && summary && { layer, summary }, record };
}

function placeOf({ line }: RunStep, { path }: FoundSecret): string {
  return `Dockerfile line ${line}: ${path}`;
}

/** Commands that only build something may leave secrets in their own stage. */
function warnAboutSecret(step: RunStep, found: FoundSecret): string {
  const name = secretName(found.secret);
  return `${placeOf(step, found)} contains the value of ${name}. The image doesn't contain this stage. No cache keeps this layer, so the line runs in every build.`;
}

/** @param why why no earlier result is used */
function notExecutedError({ line, text }: RunStep, why: string, whyNoExecutor = 'nothing executes RUN here') {
  return new RegistryPusherError(
    'RUN_REFUSED',
    `Dockerfile line ${line}: ${firstLine(text)} has to run (${why}), but ${whyNoExecutor}.`,
  );
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
