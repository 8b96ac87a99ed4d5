import { type ImageFacts, noFacts } from '../base/facts.ts';
import type { FactsByImage } from '../base/facts-by-image.ts';
import { filesIdOf, createSourceImage, type ImageFiles, type SourceImage } from '../base/source-image.ts';
import type { InstructionSource } from '../dockerfile/instruction.ts';
import { originsOf, type Stage, type StagePlan } from '../dockerfile/stages.ts';
import type { Digest } from '../../image/digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import type { ChainLayer } from '../../run/executor.ts';
import type { KeptLayers } from '../kept-layers.ts';
import { type ImageReader, readImage, type ReadImage, scratch } from '../base-image.ts';

/** The images that a build uses, each read once. */
export class Images {
  readonly #byName: ReadonlyMap<string, ReadImage>;
  readonly #sources = new Map<Digest, SourceImage>();
  readonly #factsOf: (id: Digest) => ImageFacts;

  private constructor(byName: ReadonlyMap<string, ReadImage>, factsOf: (id: Digest) => ImageFacts) {
    this.#byName = byName;
    this.#factsOf = factsOf;
  }

  /**
   * Reads manifests and configs.
   * @param kept keeps the layers of the target's base when they are read
   * @param keepsAll keeps those of all images
   * @throws RegistryPusherError BASE_NOT_FOUND, PLATFORM_MISSING, INSTRUCTION_UNSUPPORTED, and the errors of the registry client
   */
  static async read(
    plan: StagePlan,
    registry: ImageReader,
    signal?: AbortSignal,
    kept?: KeptLayers,
    keepsAll = false,
  ): Promise<Images> {
    const [{ base }] = plan.chain as [Stage, ...Stage[]];
    const ofTarget = base.kind === 'image' ? formatImageReference(base.reference) : undefined;
    const named = new Map(plan.needed.flatMap((stage) => findImages(stage, plan)));
    const read = [...named].map(async ([name, { reference, by }]) => {
      return [
        name,
        await readImage(reference, by, registry, signal, keepsAll || name === ofTarget ? kept : undefined),
      ] as const;
    });
    return new Images(new Map(await Promise.all(read)), () => noFacts);
  }

  /** Returns the same images with known facts. */
  withFacts(factsOf: (id: Digest) => ImageFacts): Images {
    return new Images(this.#byName, factsOf);
  }

  /** Returns a stage's base image, or undefined for a stage that builds on another one. */
  baseOf({ base }: Stage): ReadImage | undefined {
    if (base.kind === 'stage') return undefined;
    return base.kind === 'scratch' ? scratch : this.#byName.get(formatImageReference(base.reference))!;
  }

  /** Returns the image of `COPY --from`. */
  sourceOf(reference: ImageReference): SourceImage {
    return this.toSource(this.#byName.get(formatImageReference(reference))!);
  }

  /** Returns the layers of a stage's base image, or of the image of `COPY --from`. */
  layersOf(image: ReadImage): ChainLayer[] {
    return image.layers.map(({ diffId }, index) => ({ diffId, open: () => image.openLayer(index) }));
  }

  /** Returns the image with a name in the Dockerfile. */
  named(reference: ImageReference): ReadImage {
    return this.#byName.get(formatImageReference(reference))!;
  }

  toSource(image: ImageFiles): SourceImage {
    const id = filesIdOf(image.config);
    const source = this.#sources.get(id) ?? createSourceImage(image, this.#factsOf);
    this.#sources.set(id, source);
    return source;
  }

  /** Returns the facts queried since the last call. */
  takeFacts(): FactsByImage {
    return new Map([...this.#sources].map(([id, { tree }]) => [id, tree.takeFacts()]));
  }
}

/** An image that a build reads, and the line of the Dockerfile that names it. */
export interface NeededImage {
  readonly reference: ImageReference;
  readonly line: number;
}

/** Returns the images that a build reads: those of FROM and of `COPY --from`. */
export function neededImages(plan: StagePlan): NeededImage[] {
  const named = new Map(plan.needed.flatMap((stage) => findImages(stage, plan)));
  return [...named.values()].map(({ reference, by }) => ({ reference, line: by.line }));
}

type NamedImage = readonly [name: string, { readonly reference: ImageReference; readonly by: InstructionSource }];

function findImages(stage: Stage, { stages, contexts }: StagePlan): NamedImage[] {
  const named = (reference: ImageReference, by: InstructionSource): NamedImage => [
    formatImageReference(reference),
    { reference, by },
  ];
  const base = stage.base.kind === 'image' ? [named(stage.base.reference, stage.from)] : [];
  const copied = originsOf(stage, stages, contexts).flatMap(({ from, by }) =>
    from.kind === 'image' ? [named(from.reference, by)] : [],
  );
  return [...copied, ...base];
}
