import { noFacts } from '../base/facts.ts';
import type { BuildContext } from '../context/build-context.ts';
import { undeclaredBuildArgs } from '../dockerfile/arguments.ts';
import { type Evaluation, evaluate } from '../dockerfile/evaluate.ts';
import { dockerfileInvalid } from '../dockerfile/invalid.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { StagePlan } from '../dockerfile/stages.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { imageOf } from '../../image/image.ts';
import { Inspection } from '../layer/inspection.ts';
import { packedLayers, previousLayers } from '../layer/previous-layers.ts';
import { refuseSecretIn } from '../layer/secrets.ts';
import { type LockUse, openBaseLock } from '../lock/base-lock.ts';
import type { BuildRequest, DescribedImage, PreviousImage } from '../builder.ts';
import { type CheckedContext, checkContext } from './check-context.ts';
import { checkedFile, requireCodeRuns } from './code-runs.ts';
import { configOn } from './image-config.ts';
import { Images } from './images.ts';
import { historyOf, makeLayers } from './make-layers.ts';
import type { ImageReader } from '../base-image.ts';
import { requireEpoch } from '../epoch.ts';
import { revise, withoutRevision } from '../revision.ts';
import { readStages } from './stage-layers.ts';

/** What describing an image needs beside the request. */
export interface DirectOptions {
  readonly registry: ImageReader;
  /**
   * The image that was pushed last: its layers are used again, and what it knows of the base. While it is being read, so is
   * the base.
   */
  readonly previous?: PreviousImage | undefined | Promise<PreviousImage | undefined>;
  readonly signal?: AbortSignal | undefined;
  /** What {@link checkContext} read of the same request a moment ago. */
  readonly checked?: CheckedContext;
  /**
   * Proves every layer that is used again: its diff ID is computed from the files and from what the registry holds, and the
   * base's files are looked at anew. It costs the time that reuse saves. Default false: whoever can write the repository
   * can deploy anyway.
   */
  readonly verifyReuse?: boolean;
  /** Whether the base's digest is taken from the lock file beside the Dockerfile, or written into it; default `honour`. */
  readonly lock?: LockUse;
}

/**
 * Describes the image that a Dockerfile without RUN makes, without Docker and without uploading anything: the base is read
 * from its registry, files become reproducible layers, and layers whose sources did not change are taken from the previous
 * image unmade. The same files and the same previous image give the same image ID on any machine.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, BASE_NOT_FOUND, LOCK_INVALID, DIGEST_MISMATCH, ABORTED, and what the registry client throws
 */
export async function describeDirect(request: BuildRequest, options: DirectOptions): Promise<DescribedImage> {
  const { secrets = [], revision } = request;
  const { signal, verifyReuse = false } = options;
  // Should the Dockerfile be refused first, nobody waits for it any more.
  void Promise.resolve(options.previous).catch(() => undefined);
  const epoch = requireEpoch(request.sourceDateEpoch);
  const checked = options.checked ?? (await checkContext(request, { signal }));
  const { dockerfile, plan, contextSources, known, cache } = checked;

  const lock = await openBaseLock(request.dockerfile, options.lock ?? 'honour', options.registry);
  const [read, pushed] = await Promise.all([
    Images.read(plan, lock.reader ?? options.registry, signal),
    options.previous,
  ]);
  await lock.save();
  const base = read.baseOf(plan.chain[0]!)!;
  const previous = previousLayers(pushed, base.config);
  const images = read.remembering(verifyReuse ? () => noFacts : previous.factsOf);
  const blueprint = evaluateWith(unknownDigest, request, dockerfile, plan, images);
  const hashing = { secrets, signal, known, cache };
  const sources = await readStages(plan, blueprint, images, {
    contextSources,
    mtime: epoch,
    ...hashing,
    ...(verifyReuse ? {} : { previous }),
  });
  await cache?.save();
  const inspection = new Inspection(secrets);
  const verifyWith = verifyReuse ? options.registry : undefined;
  const made = await makeLayers(sources.traces, previous, { signal, verifyWith, inspect: inspection.inspect });
  await requireCodeRuns([...sources.files.map(checkedFile), ...inspection.files], sources.tree);
  const layers = made.map(({ described }) => described);

  const layerDigests = layers.map((layer) => layer.sourceDigest);
  const blueprintConfig = withoutRevision(blueprint.get(plan.target.index)!.config);
  const sourceDigest = digestOf(JSON.stringify([base.config.rootfs.diff_ids, layerDigests, blueprintConfig]));
  const evaluations = evaluateWith(sourceDigest, request, dockerfile, plan, images);
  requireSameSteps(blueprint, evaluations);
  const diffIds = layers.map(({ diffId }) => diffId);
  const history = historyOf(sources.traces, epoch);
  const plain = configOn(base.config, evaluations.get(plan.target.index)!, diffIds, history, epoch);
  const config = revise(plain, dockerfile, revision, pushed);
  refuseSecretIn(JSON.stringify(config), secrets, 'The configuration of the image, by an ENV or a LABEL,');
  return {
    image: imageOf(config, [
      ...(verifyReuse ? base.layers : packedLayers(base.layers, previous)),
      ...made.map(({ layer }) => layer),
    ]),
    sourceDigest,
    declaresSourceDigest: declaresSourceDigest(plan),
    ...(base.described === undefined ? {} : { base: base.described }),
    layers,
    warnings: [
      ...warningsOf(dockerfile, request, contextSources.context),
      ...(lock.reader?.warnings ?? []),
      ...sources.warnings,
    ],
  };
}

const sourceDigestArg = 'SOURCE_DIGEST';
/** Stands in for the digest while what it is made from is being found out. */
const unknownDigest: Digest = `sha256:${'0'.repeat(64)}`;

function evaluateWith(
  digest: Digest,
  request: BuildRequest,
  dockerfile: Dockerfile,
  plan: StagePlan,
  images: Images,
): Map<number, Evaluation> {
  const buildArgs = { ...request.buildArgs, [sourceDigestArg]: digest };
  return evaluate(dockerfile, plan, (stage) => images.baseOf(stage)?.runConfig, buildArgs);
}

function requireSameSteps(before: ReadonlyMap<number, Evaluation>, after: ReadonlyMap<number, Evaluation>): void {
  for (const [stage, { traces }] of after)
    for (const [index, { step, line }] of traces.entries())
      if (JSON.stringify(step) !== JSON.stringify(before.get(stage)!.traces[index]!.step))
        throw dockerfileInvalid(line, `${sourceDigestArg} is made from the layers, so no layer can depend on it.`);
}

function declaresSourceDigest({ chain }: StagePlan): boolean {
  return chain.some(({ instructions }) =>
    instructions.some((each) => each.keyword === 'ARG' && each.args.some(({ name }) => name === sourceDigestArg)),
  );
}

function warningsOf(dockerfile: Dockerfile, { buildArgs = {} }: BuildRequest, context: BuildContext): string[] {
  return [
    ...dockerfile.warnings,
    ...undeclaredBuildArgs(dockerfile, buildArgs).map((name) => `The build arg ${name} is declared by no ARG.`),
    ...[...context.sensitiveIncluded].map(
      ([path, content]) => `${path} goes into the image, as .dockerignore asks: such files hold ${content}.`,
    ),
  ];
}
