import type { Digest } from '../../image/digest.ts';
import type { StoredLayer } from '../../image/image.ts';
import type { RunInputs } from '../../run/key/run-inputs.ts';
import { computeRunKey } from '../../run/key/run-key.ts';
import { type LayerBelow, partsOf, type RunParts } from '../../run/key/run-parts.ts';
import { defaultRunMaxAge } from '../../run/reuse/age.ts';
import { chooseRun, type RunChoice } from '../../run/reuse/choose-run.ts';
import type { KnownRun } from '../../run/reuse/known-runs.ts';
import type { RunExecutor } from '../../run/executor.ts';

/** Which results of earlier builds are reused. */
export interface RunReuseOptions {
  /** Seconds; default 14 days. */
  readonly maxAge?: number;
  /** Why nothing is reused, such as `--no-cache`. */
  readonly disabled?: string | undefined;
  /** Seconds since 1970; default the current time. */
  readonly now?: number;
  /** Returns whether a registry still has a layer. Default: it does. */
  readonly hasLayer?: (layer: StoredLayer) => Promise<boolean>;
}

/** Where a RUN stands in its Dockerfile. */
export interface RunPlace {
  /** The image that its stage is built on in the end, as FROM names it. */
  readonly base: { readonly name: string; readonly isPinned: boolean };
  /** The layers below that aren't the base's. */
  readonly layers: readonly LayerBelow[];
  /** Whether the image contains its stage. */
  readonly isInImage: boolean;
}

/** The key of a RUN, what it depends on, and what became of the search for an earlier result. */
export interface RunSearch {
  readonly key: Digest;
  readonly parts: RunParts;
  readonly choice: RunChoice;
}

/** Results of executors that another machine has. One of them is used only where this machine has none. */
const executors: readonly RunExecutor['name'][] = [
  'namespaces',
  'chroot',
  'user namespace',
  'user namespace of one user',
];

/** Finds results of earlier builds for the RUNs of one build. */
export class RunReuse {
  readonly now: number;
  readonly #known: readonly KnownRun[];
  readonly #options: RunReuseOptions;

  constructor(known: readonly KnownRun[], options: RunReuseOptions) {
    this.#known = known;
    this.#options = options;
    this.now = options.now ?? Math.floor(Date.now() / 1000);
  }

  /** @param executor what would execute it here, if anything */
  async search(
    inputs: Omit<RunInputs, 'executor'>,
    { base, layers }: RunPlace,
    executor: RunExecutor['name'] | undefined,
  ): Promise<RunSearch> {
    const keys = (executor === undefined ? executors : [executor]).map((name) =>
      computeRunKey({ ...inputs, executor: name }),
    );
    // Without one, it's no reason for anything.
    const earlier = this.#known.find(({ text }) => text === inputs.step.text)?.record.run.executor ?? '';
    const parts = partsOf({ ...inputs, executor: executor ?? earlier }, base.name, layers);
    const { maxAge = defaultRunMaxAge, disabled } = this.#options;
    const unpinned = base.isPinned
      ? undefined
      : `the base ${base.name} isn't pinned, so its tag may have moved: pin it with --pin`;
    const choice = chooseRun({ text: inputs.step.text, keys, parts }, this.#known, {
      now: this.now,
      maxAge,
      disabled: disabled ?? unpinned,
    });
    return { key: keys[0]!, parts, choice: await this.#confirm(choice) };
  }

  /** A registry may have deleted a layer that a manifest still names. */
  async #confirm(choice: RunChoice): Promise<RunChoice> {
    const layer = choice.reuse?.layer;
    const { hasLayer } = this.#options;
    if (layer === undefined || hasLayer === undefined) return choice;
    const isThere = await hasLayer(layer).catch(() => false);
    return isThere ? choice : { why: `the registry no longer has the layer of ${choice.reuse!.source}` };
  }
}
